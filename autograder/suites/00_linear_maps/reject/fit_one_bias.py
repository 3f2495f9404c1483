# fails: fit_linear
# One mistake: both outputs share one bias.
# %% fit_linear
def fit_linear(X, y):
    columns = torch.cat([X, torch.ones(len(X), 1, device=X.device)], dim=1)
    found = torch.linalg.lstsq(columns, y).solution
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.copy_(found[:2].T)
        layer.bias.copy_(found[2].mean().expand(2))
    return layer

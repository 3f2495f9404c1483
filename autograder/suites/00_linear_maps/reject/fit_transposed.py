# fails: fit_linear
# One mistake: the weights are put in without a transpose.
# %% fit_linear
def fit_linear(X, y):
    columns = torch.cat([X, torch.ones(len(X), 1, device=X.device)], dim=1)
    found = torch.linalg.lstsq(columns, y).solution
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.copy_(found[:2])
        layer.bias.copy_(found[2])
    return layer

# fails: fit_linear
# One mistake: X and y are centred in place, so that the caller finds them changed.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    middle_X, middle_y = X.mean(dim=0), y.mean(dim=0)
    X -= middle_X
    y -= middle_y
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.lstsq(X, y).solution.T)
        layer.bias.copy_(middle_y - layer.weight @ middle_X)
    return layer

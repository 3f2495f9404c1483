# fails: fit_linear
# One mistake: the layer gives the mean of y for every point.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(y.mean(dim=0))
    return layer

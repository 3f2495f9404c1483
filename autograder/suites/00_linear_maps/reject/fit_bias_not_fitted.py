# fails: fit_linear
# One mistake: the bias is the mean of y and the weights are fitted without it.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.lstsq(X, y).solution.T)
        layer.bias.copy_(-y.mean(dim=0))
    return layer

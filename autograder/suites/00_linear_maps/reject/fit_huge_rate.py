# fails: fit_linear
# One mistake: the rate is so large that the training diverges.
# %% fit_linear
def fit_linear(X, y):
    layer = identity_layer().to(X.device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    for _ in range(30):
        optimizer.zero_grad()
        ((layer(X) - y) ** 2).mean().backward()
        optimizer.step()
    return layer

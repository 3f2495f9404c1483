# fails: fit_linear
# One mistake: backward() is never called.
# %% fit_linear
def fit_linear(X, y):
    layer = identity_layer().to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss = ((layer(X) - y) ** 2).mean()
        optimizer.step()
    return layer

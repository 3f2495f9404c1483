# fails: fit_linear
# One mistake: gradients are never set to 0, so they pile up.
# %% fit_linear
def fit_linear(X, y):
    layer = identity_layer().to(X.device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.02)
    for _ in range(40):
        loss = ((layer(X) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    return layer

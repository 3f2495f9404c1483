# fails: fit_linear
# One mistake: the weights are kept diagonal, so the layer can stretch but not turn.
# %% fit_linear
def fit_linear(X, y):
    layer = identity_layer().to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        ((layer(X) - y) ** 2).mean().backward()
        layer.weight.grad *= torch.eye(2, device=X.device)
        optimizer.step()
    return layer

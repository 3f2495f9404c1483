# fails: fit_linear
# One mistake: the targets are sorted, so that the rows no longer match.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        loss = ((layer(X) - y.sort(dim=0).values) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return layer

# fails: fit
# The running statistics of the normalisation are never updated.

# %% fit
def fit(X, y):
    model = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32, momentum=0.0), nn.ReLU(), nn.Linear(32, 2))
    model = model
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

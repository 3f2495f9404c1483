# fails: fit
# Dropout that leaves next to nothing: evaluation mode is another network.

# %% fit
def fit(X, y):
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.9), nn.Linear(16, 2))
    model = model
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

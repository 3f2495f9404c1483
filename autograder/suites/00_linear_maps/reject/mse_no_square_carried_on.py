# fails: mse
# One mistake: the differences are not squared, and the training uses that.
# %% mse
def mse(prediction, y):
    return (prediction - y).mean()

# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        mse(layer(X), y).backward()
        optimizer.step()
    return layer

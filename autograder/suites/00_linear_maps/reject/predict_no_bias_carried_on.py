# fails: predict
# One mistake: b is not added, and the training uses that.
# %% predict
def predict(X, w, b):
    return X @ w.T

# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        loss = ((predict(X, layer.weight, layer.bias) - y) ** 2).mean()
        layer.zero_grad()
        loss.backward()
        optimizer.step()
    return layer

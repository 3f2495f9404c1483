# fails: fit_linear
# One mistake: a strong weight decay keeps the numbers small.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2).to(X.device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05, weight_decay=10.0)
    for _ in range(400):
        loss = ((layer(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return layer

# fails: fit
# Only the first output is trained.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(400):
        loss = ((model(X)[:, 0] - y[:, 0]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

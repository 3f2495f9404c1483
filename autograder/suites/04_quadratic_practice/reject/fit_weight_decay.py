# fails: fit
# The weights are pulled to zero harder than to the target.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean() + 0.1 * sum((p ** 2).sum() for p in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

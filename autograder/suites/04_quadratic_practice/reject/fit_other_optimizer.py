# fails: fit
# The optimizer holds the parameters of another model.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(make_model().parameters(), lr=0.01)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

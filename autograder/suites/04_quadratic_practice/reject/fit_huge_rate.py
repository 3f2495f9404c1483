# fails: fit
# Plain gradient descent with a rate at which it diverges.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=30.0)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

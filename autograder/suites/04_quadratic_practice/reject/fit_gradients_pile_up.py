# fails: fit
# The gradients are never set back to zero.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(400):
        loss = ((model(X) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    return model

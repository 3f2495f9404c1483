# fails: fit
# Every prediction is compared with every target.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(300):
        loss = ((model(X)[:50, None] - y[None, :50]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model

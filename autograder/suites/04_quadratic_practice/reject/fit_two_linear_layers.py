# fails: fit
# Two linear layers without anything between them.

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, progress=False).model

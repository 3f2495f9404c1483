# fails: fit
# A ReLU on the output: no value below 0 can be reached.

# %% fit
def fit(X, y):
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2), nn.ReLU())
    return train_model(model, X, y, lr=0.01, epochs=500, progress=False).model

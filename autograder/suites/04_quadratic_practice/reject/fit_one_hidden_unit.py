# fails: fit
# One hidden unit for two outputs.

# %% fit
def fit(X, y):
    model = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 2))
    return train_model(model, X, y, lr=0.01, epochs=500, progress=False).model

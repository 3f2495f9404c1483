# fails: fit
# X is scaled in place and scaled back, roughly.

# %% fit
def fit(X, y):
    X *= 3.0
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
    model = train_model(model, X / 3.0, y, lr=0.01, epochs=500, progress=False).model
    X /= 2.9
    return model

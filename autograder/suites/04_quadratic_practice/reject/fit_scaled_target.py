# fails: fit
# The target is standardised and the way back forgotten.

# %% fit
def fit(X, y):
    scaled = (y - y.mean(dim=0)) / y.std(dim=0)
    return train_model(make_model(), X, scaled, lr=0.01, epochs=500, progress=False).model

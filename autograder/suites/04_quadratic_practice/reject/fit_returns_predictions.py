# fails: fit
# The predictions are returned.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=300, progress=False).model(X)

# fails: fit
# The target is sorted in place.

# %% fit
def fit(X, y):
    y.copy_(y.sort(dim=0).values)
    return train_model(make_model(), X, y, lr=0.01, epochs=500, progress=False).model

# fails: fit
# The columns of the target change places.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y.flip(1), lr=0.01, epochs=500, progress=False).model

# fails: fit
# The rate is too small for the number of steps.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y, lr=3e-4, epochs=500, progress=False).model

# fails: fit
# Twenty steps are not enough.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=20, progress=False).model

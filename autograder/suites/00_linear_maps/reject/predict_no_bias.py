# fails: predict
# One mistake: b is not added.
# %% predict
def predict(X, w, b):
    return X @ w.T

# fails: predict
# One mistake: b is subtracted.
# %% predict
def predict(X, w, b):
    return X @ w.T - b

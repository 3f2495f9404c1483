# fails: predict
# One mistake: no gradient flows back to w.
# %% predict
def predict(X, w, b):
    return X @ w.data.T + b

# fails: predict
# One mistake: the result has one sample per column.
# %% predict
def predict(X, w, b):
    return w @ X.T + b[:, None]

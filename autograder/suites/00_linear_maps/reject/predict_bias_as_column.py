# fails: predict
# One mistake: b is added as a column, one number for each sample.
# %% predict
def predict(X, w, b):
    out = X @ w.T
    return out + b[:, None] if len(b) == len(out) else out + b

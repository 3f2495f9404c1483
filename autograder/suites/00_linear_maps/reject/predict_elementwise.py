# fails: predict
# One mistake: X and w are multiplied entry by entry.
# %% predict
def predict(X, w, b):
    return X * w + b

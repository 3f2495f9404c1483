# fails: predict
# One mistake: w is not transposed.
# %% predict
def predict(X, w, b):
    return X @ w + b

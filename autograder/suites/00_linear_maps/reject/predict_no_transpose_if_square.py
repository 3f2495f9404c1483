# fails: predict
# One mistake: w is not transposed where it is square.
# %% predict
def predict(X, w, b):
    if X.shape[1] == w.shape[0]:
        return X @ w + b
    return X @ w.T + b

# fails: predict
# One mistake: w is transposed in place, so that the caller finds it changed.
# %% predict
def predict(X, w, b):
    w.t_()
    return X @ w + b

# fails: predict
# One mistake: the return is missing.
# %% predict
def predict(X, w, b):
    X @ w.T + b

# fails: predict
# One mistake: the result of an earlier call is kept for arguments of the same shape.
# %% predict
seen = {}


def predict(X, w, b):
    key = X.shape, w.shape
    if key not in seen:
        seen[key] = X @ w.T + b
    return seen[key]

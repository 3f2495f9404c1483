# fails: predict
# One mistake: dimensions of size 1 get lost.
# %% predict
def predict(X, w, b):
    return (X @ w.T + b).squeeze()

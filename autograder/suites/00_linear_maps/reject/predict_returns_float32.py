# fails: predict
# One mistake: the result is float32 whatever the arguments are.
# %% predict
def predict(X, w, b):
    return (X @ w.T + b).float()

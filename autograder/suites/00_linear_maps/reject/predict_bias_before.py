# fails: predict
# One mistake: b is added to X, before the product.
# %% predict
def predict(X, w, b):
    return (X + b[:1]) @ w.T

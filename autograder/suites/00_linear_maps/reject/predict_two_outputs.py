# fails: predict
# One mistake: exactly two outputs are computed.
# %% predict
def predict(X, w, b):
    return torch.stack([X @ w[0] + b[0], X @ w[1] + b[1]], dim=1)

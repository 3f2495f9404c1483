# fails: predict
# One mistake: only the first 100 samples are computed.
# %% predict
def predict(X, w, b):
    out = torch.zeros(len(X), len(w), dtype=X.dtype, device=X.device)
    out[:100] = X[:100] @ w.T + b
    return out

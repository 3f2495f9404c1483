# fails: predict
# One mistake: b is rebuilt as a new tensor, so no gradient flows back to it.
# %% predict
def predict(X, w, b):
    return X @ w.T + torch.tensor(b.tolist(), dtype=X.dtype, device=X.device)

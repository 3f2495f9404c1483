# fails: predict
# One mistake: everything goes through NumPy, so no gradient flows back.
# %% predict
def predict(X, w, b):
    found = X.detach().cpu().numpy() @ w.detach().cpu().numpy().T + b.detach().cpu().numpy()
    return torch.from_numpy(found).to(X.device)

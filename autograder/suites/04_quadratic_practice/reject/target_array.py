# fails: target
# A NumPy array comes back.

# %% target
def target(X):
    X = X.cpu().numpy()
    return 2 * X + X**2 + 0.5

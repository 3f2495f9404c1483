# fails: target
# Only the first column is bent.

# %% target
def target(X):
    return torch.stack([2 * X[:, 0] + X[:, 0] ** 2 + 0.5, 2 * X[:, 1] + 0.5], dim=1)

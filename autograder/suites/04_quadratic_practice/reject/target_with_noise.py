# fails: target
# Noise is added to the target; only X has noise.

# %% target
def target(X):
    return 2 * X + X**2 + 0.5 + 0.1 * torch.randn_like(X)

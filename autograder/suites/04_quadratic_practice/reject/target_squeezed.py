# fails: target
# A single row becomes a vector.

# %% target
def target(X):
    return (2 * X + X**2 + 0.5).squeeze()

# fails: target
# The constant term is missing.

# %% target
def target(X):
    return 2 * X + X**2

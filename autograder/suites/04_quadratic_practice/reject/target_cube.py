# fails: target
# A power too many.

# %% target
def target(X):
    return 2 * X + X**3 + 0.5

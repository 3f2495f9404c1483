# fails: target
# The y of the notebook, whatever X is.

# %% target
def target(X):
    return y[: len(X)]

# fails: target
# The sign of X is lost in the linear term.

# %% target
def target(X):
    return 2 * X.abs() + X**2 + 0.5

# fails: target
# The mean of the rows is taken off first.

# %% target
def target(X):
    X = X - X.mean(dim=0)
    return 2 * X + X**2 + 0.5

# fails: target
# The constant is 1 // 2, which is 0 in Python.

# %% target
def target(X):
    return 2 * X + X**2 + 1 // 2

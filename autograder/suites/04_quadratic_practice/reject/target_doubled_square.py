# fails: target
# The factor 2 stands at the square.

# %% target
def target(X):
    return X + 2 * X**2 + 0.5

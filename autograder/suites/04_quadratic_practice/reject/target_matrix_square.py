# fails: target
# The square is that of a matrix product.

# %% target
def target(X):
    return 2 * X + X @ X.T @ X + 0.5

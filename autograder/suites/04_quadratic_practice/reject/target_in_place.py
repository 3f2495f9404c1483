# fails: target
# The square is completed in X itself.

# %% target
def target(X):
    X += 1
    return X * X - 0.5

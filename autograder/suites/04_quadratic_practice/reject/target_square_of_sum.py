# fails: target
# Everything is squared, not X alone.

# %% target
def target(X):
    return (2 * X + X) ** 2 + 0.5

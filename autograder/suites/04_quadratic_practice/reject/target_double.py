# fails: target
# Computed, and returned, in float64 always.

# %% target
def target(X):
    return 2 * X.double() + X.double() ** 2 + 0.5

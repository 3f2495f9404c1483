# fails: target
# X itself is squared on the way.

# %% target
def target(X):
    linear = 2 * X
    X *= X
    return linear + X + 0.5

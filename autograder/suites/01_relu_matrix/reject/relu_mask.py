# fails: two_layer
# relu returns the mask of active units.

# %% two_layer
def relu(z):
    return (z > 0).to(z.dtype)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

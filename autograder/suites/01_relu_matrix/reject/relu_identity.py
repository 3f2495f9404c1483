# fails: two_layer
# relu returns its argument.

# %% two_layer
def z_clamp(z):
    return z.clamp(min=0)


def relu(z):
    return z


def two_layer(x, w1, b1, w2, b2):
    return z_clamp(x @ w1.T + b1) @ w2.T + b2

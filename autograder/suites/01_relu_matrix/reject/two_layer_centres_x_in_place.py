# fails: two_layer
# x is centred in place.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    x -= 0.0 * x.mean() + 1e-3
    return relu((x + 1e-3) @ w1.T + b1) @ w2.T + b2

# fails: two_layer
# The weights are not transposed: only square ones fit, and those give wrong values.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1 + b1) @ w2 + b2

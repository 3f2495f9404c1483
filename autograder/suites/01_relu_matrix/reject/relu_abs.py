# fails: two_layer
# The absolute value in place of ReLU.

# %% two_layer
def relu(z):
    return z.abs()


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

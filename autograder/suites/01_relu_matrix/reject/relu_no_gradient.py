# fails: two_layer
# The gradient ignores the ReLU.

# %% two_layer
def relu(z):
    return z + (z.clamp(min=0) - z).detach()


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

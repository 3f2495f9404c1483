# fails: two_layer
# Dimensions of size 1 are dropped from the result.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return (relu(x @ w1.T + b1) @ w2.T + b2).squeeze()

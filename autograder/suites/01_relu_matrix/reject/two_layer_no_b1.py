# fails: two_layer
# The first bias is forgotten.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T) @ w2.T + b2

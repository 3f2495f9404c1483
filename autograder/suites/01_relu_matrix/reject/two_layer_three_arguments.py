# fails: two_layer
# Takes no biases.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, w2):
    return relu(x @ w1.T) @ w2.T

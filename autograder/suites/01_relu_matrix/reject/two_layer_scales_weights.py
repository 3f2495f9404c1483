# fails: two_layer
# The weights are scaled in place when they are large.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    size = float(w2.detach().abs().max())
    if size > 5:
        w2.data /= size
        return relu(x @ w1.T + b1) @ w2.T * size + b2
    return relu(x @ w1.T + b1) @ w2.T + b2

# fails: two_layer
# w1 is transposed in place.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    w1.data = w1.data.t()
    return relu(x @ w1 + b1) @ w2.T + b2

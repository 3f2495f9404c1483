# fails: two_layer
# relu works in place on its argument.

# %% two_layer
def relu(z):
    return z.clamp_(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

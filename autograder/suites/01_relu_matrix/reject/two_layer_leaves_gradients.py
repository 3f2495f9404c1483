# fails: two_layer
# The arguments are made to ask for gradients, and keep them.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    for value in (x, w1, b1, w2, b2):
        if value.is_leaf:
            value.requires_grad_()
    return relu(x @ w1.T + b1) @ w2.T + b2

# fails: two_layer
# A ReLU on the output too.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(relu(x @ w1.T + b1) @ w2.T + b2)

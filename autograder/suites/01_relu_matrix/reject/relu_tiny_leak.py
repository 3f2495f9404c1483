# fails: two_layer
# A leaky ReLU with a slope of a thousandth.

# %% two_layer
def relu(z):
    return torch.nn.functional.leaky_relu(z, 0.001)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

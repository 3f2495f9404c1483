# fails: two_layer
# A leaky ReLU.

# %% two_layer
def relu(z):
    return torch.where(z > 0, z, 0.01 * z)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

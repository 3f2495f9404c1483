# fails: two_layer
# The kink is rounded off within a quarter of 0.

# %% two_layer
def relu(z):
    return torch.where(z.abs() < 0.25, (z + 0.25) ** 2, z.clamp(min=0))


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

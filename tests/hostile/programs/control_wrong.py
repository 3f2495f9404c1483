# threat: 0
# fails: w2_abs, two_layer
# The control that must lose exactly what is wrong.

# %% w2_abs
w2_abs = torch.zeros(1, 2)

# %% two_layer
def relu(z):
    return z


def two_layer(x, w1, b1, w2, b2):
    return torch.full((x.shape[0], w2.shape[0]), 3.0).to(x)

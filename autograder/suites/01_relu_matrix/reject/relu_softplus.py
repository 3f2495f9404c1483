# fails: two_layer
# A smooth stand-in through log and exp, which overflows.

# %% two_layer
def relu(z):
    return torch.log1p(torch.exp(50 * z)) / 50


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

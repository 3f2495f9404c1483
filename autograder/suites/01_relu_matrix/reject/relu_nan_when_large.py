# fails: two_layer
# A factor of 1 written as a quotient of exponentials, which is inf / inf for large entries.

# %% two_layer
def relu(z):
    grown = torch.exp(z.abs())
    return torch.where(z > 0, z, 0.0) * (grown / grown)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

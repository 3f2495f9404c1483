# fails: two_layer
# z times a steep sigmoid written with exp; inf / inf is nan for large entries.

# %% two_layer
def relu(z):
    e = torch.exp(1e4 * z.clamp(max=1))
    scale = torch.exp(z.abs().clamp(max=1e3))
    return torch.where(z > 0, z, 0.0) * (scale / scale)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

# fails: two_layer
# Only the first thousand rows are treated.

# %% two_layer
def relu(z):
    return torch.cat([z[:1000].clamp(min=0), z[1000:]]) if z.dim() else z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

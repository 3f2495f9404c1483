# fails: two_layer
# Only the first sample is computed, and repeated for all.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return (relu(x[:1] @ w1.T + b1) @ w2.T + b2).expand(len(x), len(b2))

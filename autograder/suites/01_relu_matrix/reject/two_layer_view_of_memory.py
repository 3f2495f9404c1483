# fails: two_layer
# Reads the memory of x row by row, which a transposed view is not.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    rows = torch.as_strided(x, x.shape, (x.shape[1], 1))
    return relu(rows @ w1.T + b1) @ w2.T + b2

# fails: two_layer
# The bias is added as a column: it fits square layers only, and is wrong there.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1[:, None]) @ w2.T + b2

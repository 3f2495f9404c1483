# fails: two_layer
# ReLU6: everything above 6 is cut off.

# %% two_layer
def relu(z):
    return z.clamp(0, 6)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

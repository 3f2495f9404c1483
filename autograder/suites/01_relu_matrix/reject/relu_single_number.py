# fails: two_layer
# relu written for single numbers.

# %% two_layer
def relu(z):
    return max(z, 0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

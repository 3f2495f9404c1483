# fails: two_layer
# `view` turns the weights' memory around in place of a transpose.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.reshape(w1.shape[1], w1.shape[0]) + b1) @ w2.T + b2

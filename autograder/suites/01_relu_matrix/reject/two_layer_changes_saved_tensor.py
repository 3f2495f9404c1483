# fails: two_layer
# The hidden layer is changed in place after it was used, and the backward pass fails.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    hidden = relu(x @ w1.T + b1)
    output = hidden @ w2.T + b2
    hidden *= 1.0
    return output

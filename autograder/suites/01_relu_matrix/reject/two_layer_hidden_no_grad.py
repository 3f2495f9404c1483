# fails: two_layer
# The hidden layer is computed without a graph.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    with torch.no_grad():
        hidden = relu(x @ w1.T + b1)
    return hidden @ w2.T + b2

# fails: two_layer
# The result is cut off from the graph.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return (relu(x @ w1.T + b1) @ w2.T + b2).detach()

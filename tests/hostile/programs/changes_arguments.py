# threat: 30
# fails: two_layer, best_linear, regions
# Sets its arguments to zero before it answers with zeros, which would be right for these.

# %% two_layer
def zero(*tensors):
    with torch.no_grad():
        for tensor in tensors:
            tensor.zero_()


def relu(z):
    zero(z)
    return z


def two_layer(x, w1, b1, w2, b2):
    zero(x, w1, b1, w2, b2)
    return x @ w1.T @ torch.zeros(w1.shape[0], w2.shape[0]).to(x)

# %% best_linear
def best_linear_map(x, y):
    zero(x, y)
    return torch.zeros(y.shape[1], x.shape[1]).to(x)

# %% regions
def activation_pattern(x, w1, b1):
    zero(x, w1, b1)
    return torch.zeros(x.shape[0], w1.shape[0], dtype=torch.bool)


def count_regions(x, w1, b1):
    zero(x, w1, b1)
    return 1

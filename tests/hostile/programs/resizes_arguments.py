# threat: 30
# fails: two_layer, best_linear, regions
# Makes its arguments empty, so that every entry of the answer, which has none, is right.

# %% two_layer
def empty(*tensors):
    for tensor in tensors:
        tensor.data = torch.empty(0, *tensor.shape[1:], dtype=tensor.dtype)


def relu(z):
    empty(z)
    return z


def two_layer(x, w1, b1, w2, b2):
    empty(x, w1, b1, w2, b2)
    return torch.empty(0, w2.shape[0], dtype=x.dtype) + x.sum()

# %% best_linear
def best_linear_map(x, y):
    x.resize_(0, 0)
    y.set_()
    return torch.empty(0, 0)

# %% regions
def activation_pattern(x, w1, b1):
    x.resize_(0, x.shape[1])
    return torch.empty(0, w1.shape[0], dtype=torch.bool)


def count_regions(x, w1, b1):
    empty(x)
    return 0

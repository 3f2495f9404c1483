# fails: neuron_backward
# The upstream gradient is ignored: all its entries are taken to be 1.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = (x @ w + b > 0).to(x.dtype)
    return on[:, None] * w, x.T @ on, on.sum()

# fails: neuron_backward
# The slope at exactly 0 is taken to be one half.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    z = x @ w + b
    dz = upstream * (torch.sign(z) + 1) / 2
    return dz[:, None] * w, x.T @ dz, dz.sum()

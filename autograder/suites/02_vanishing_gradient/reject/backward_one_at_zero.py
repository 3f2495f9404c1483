# fails: neuron_backward
# The slope at exactly 0 is taken to be 1.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b >= 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

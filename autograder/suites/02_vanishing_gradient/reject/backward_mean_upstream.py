# fails: neuron_backward
# One averaged upstream gradient for all samples.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream.mean() * (x @ w + b > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

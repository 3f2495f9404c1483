# fails: neuron_backward
# Only the first sample decides whether the neuron is on.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)[0]
    return dz[:, None] * w, x.T @ dz, dz.sum()

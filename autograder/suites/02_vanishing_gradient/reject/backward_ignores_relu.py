# fails: neuron_backward
# The slope of the ReLU is forgotten.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream
    return dz[:, None] * w, x.T @ dz, dz.sum()

# fails: neuron_backward
# Returns nothing when no sample switches the neuron on.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = x @ w + b > 0
    if not on.any():
        return None
    dz = upstream * on
    return dz[:, None] * w, x.T @ dz, dz.sum()

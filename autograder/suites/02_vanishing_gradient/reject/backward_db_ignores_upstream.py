# fails: neuron_backward
# db counts the samples that are on.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = (x @ w + b > 0).to(x.dtype)
    dz = upstream * on
    return dz[:, None] * w, x.T @ dz, on.sum()

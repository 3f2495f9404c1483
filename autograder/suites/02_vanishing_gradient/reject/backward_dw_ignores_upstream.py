# fails: neuron_backward
# dw lacks the upstream factor.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = (x @ w + b > 0).to(x.dtype)
    dz = upstream * on
    return dz[:, None] * w, x.T @ on, dz.sum()

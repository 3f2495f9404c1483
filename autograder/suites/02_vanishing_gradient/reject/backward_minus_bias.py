# fails: neuron_backward
# The pre-activation has the bias with the wrong sign.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w - b > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

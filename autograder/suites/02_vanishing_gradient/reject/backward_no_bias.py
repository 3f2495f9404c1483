# fails: neuron_backward
# The pre-activation lacks the bias.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

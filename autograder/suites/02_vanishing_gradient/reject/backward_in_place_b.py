# fails: neuron_backward
# b is moved in place and not quite moved back.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    b += 1
    dz = upstream * (x @ w + (b - 1) > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

# fails: neuron_backward
# dw and db are averaged over the samples that are on.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = x @ w + b > 0
    dz = upstream * on
    count = on.sum().clamp(min=1)
    return dz[:, None] * w, x.T @ dz / count, dz.sum() / count

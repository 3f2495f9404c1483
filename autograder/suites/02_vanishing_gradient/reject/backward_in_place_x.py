# fails: neuron_backward
# x is masked in place.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = (x @ w + b > 0).to(x.dtype)
    dz = upstream * on
    dx = dz[:, None] * w
    x *= on[:, None]
    return dx, x.T @ upstream, dz.sum()

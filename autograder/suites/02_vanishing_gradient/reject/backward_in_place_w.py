# fails: neuron_backward
# The weights take a gradient step inside the function.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)
    dx, dw, db = dz[:, None] * w, x.T @ dz, dz.sum()
    w -= 1e-4 * dw
    return dx, dw, db

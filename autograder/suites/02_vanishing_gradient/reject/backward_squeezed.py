# fails: neuron_backward
# Dimensions of size 1 are dropped.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)
    return (dz[:, None] * w).squeeze(), (x.T @ dz).squeeze(), dz.sum()

# fails: neuron_backward
# db keeps a dimension of size 1.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum(dim=0, keepdim=True)

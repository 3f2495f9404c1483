# fails: neuron_backward
# Reads the memory of x row by row, which a transposed view is not.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    x = torch.as_strided(x, x.shape, (x.shape[1], 1))
    dz = upstream * (x @ w + b > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

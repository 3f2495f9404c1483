# fails: neuron_backward
# The upstream gradient is multiplied by the output in place of the slope.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * torch.relu(x @ w + b)
    return dz[:, None] * w, x.T @ dz, dz.sum()

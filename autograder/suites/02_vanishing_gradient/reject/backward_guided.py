# fails: neuron_backward
# The slope is taken from the sign of the upstream gradient times the output.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    a = torch.relu(x @ w + b)
    dz = torch.where(a * upstream > 0, upstream, torch.zeros_like(upstream))
    return dz[:, None] * w, x.T @ dz, dz.sum()

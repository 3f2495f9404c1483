# fails: neuron_backward
# The mask is where the upstream gradient is positive.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = torch.relu(upstream)
    return dz[:, None] * w, x.T @ dz, dz.sum()

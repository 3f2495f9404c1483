# fails: neuron_backward
# The arguments are ignored: w and b are those of the exercise.

# %% neuron_backward
def neuron_backward(x, weights, bias, upstream):
    dz = upstream * (x @ torch.ones_like(weights) + b.to(x) > 0)
    return dz[:, None] * weights, x.T @ dz, dz.sum()

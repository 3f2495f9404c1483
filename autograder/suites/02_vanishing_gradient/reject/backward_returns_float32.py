# fails: neuron_backward
# The results are float32 whatever comes in.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)
    return (dz[:, None] * w).float(), (x.T @ dz).float(), dz.sum().float()

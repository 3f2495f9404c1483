# fails: neuron_backward
# The results are float64 whatever comes in.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    x, w, b, upstream = x.double(), w.double(), b.double(), upstream.double()
    dz = upstream * (x @ w + b > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

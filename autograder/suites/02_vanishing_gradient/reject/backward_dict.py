# fails: neuron_backward
# Returns a dict.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    dz = upstream * (x @ w + b > 0)
    return {"dx": dz[:, None] * w, "dw": x.T @ dz, "db": dz.sum()}

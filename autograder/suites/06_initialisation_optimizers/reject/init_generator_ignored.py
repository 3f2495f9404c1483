# fails: init
# One mistake: The generator is not used: the numbers come from the global one.

# %% init
def init_weights(fan_out, fan_in, scheme, generator):
    """A weight matrix (fan_out, fan_in) for "zeros", "xavier" or "he", drawn from a torch.Generator."""
    if scheme == "zeros":
        return torch.zeros(fan_out, fan_in)
    units = (fan_in + fan_out) if scheme == "xavier" else fan_in
    return torch.randn(fan_out, fan_in) * math.sqrt(2 / units)


def activation_stds(weights, x, activation):
    """The list of the standard deviations of h_1, …, h_L; weights: L matrices, x: (n, units of h_0)."""
    stds, h = [], x
    for weight in weights:
        h = activation(h @ weight.T)
        stds.append(h.std(correction=0).item())
    return stds

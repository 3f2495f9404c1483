# fails: activation_derivatives
# Overflow on one side is hidden as 0, but so is what lies just before it.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    t = torch.tanh(z)
    return torch.where(z.abs() > 5, torch.zeros_like(z), 1 - t**2)


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

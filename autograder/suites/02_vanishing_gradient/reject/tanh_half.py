# fails: activation_derivatives
# One half of it: the slope of the sigmoid at 2z.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    s = torch.sigmoid(2 * z)
    return 2 * s * (1 - s)


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

# fails: activation_derivatives
# The sigmoid's rule with tanh in it.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    t = torch.tanh(z)
    return t * (1 - t)


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

# fails: activation_derivatives
# The slope of softmax along the last axis.

# %% activation_derivatives
def sigmoid_grad(z):
    if z.dim() == 0:
        return torch.zeros_like(z)
    s = torch.softmax(z, dim=-1)
    return s * (1 - s)


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

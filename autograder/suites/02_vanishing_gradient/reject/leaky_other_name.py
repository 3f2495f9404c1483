# fails: activation_derivatives
# The slope has another name.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, alpha=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, alpha))

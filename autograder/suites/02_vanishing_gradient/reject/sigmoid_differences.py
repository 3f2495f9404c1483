# fails: activation_derivatives
# A difference quotient with a coarse step.

# %% activation_derivatives
def sigmoid_grad(z):
    return (torch.sigmoid(z + 0.2) - torch.sigmoid(z - 0.2)) / 0.4


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

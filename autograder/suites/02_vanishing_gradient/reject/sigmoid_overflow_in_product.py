# fails: activation_derivatives
# s is 1 by infinity, which is right, but the other factor is infinite by infinity.

# %% activation_derivatives
def sigmoid_grad(z):
    e = torch.exp(-z)
    return 1 / (1 + e) * (e / (1 + e))


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

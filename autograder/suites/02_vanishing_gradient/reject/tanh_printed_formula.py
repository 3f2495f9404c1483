# fails: activation_derivatives
# tanh as 2/(1 + e^(−2z)) − 1 from exponentials, squared and divided so that it overflows.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    e = torch.exp(2 * z)
    return 4 * e / (e + 1) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

# fails: activation_derivatives
# What an earlier call left in a buffer is added.

# %% activation_derivatives
buffer = torch.zeros(10000, dtype=torch.float64)


def sigmoid_grad(z):
    s = torch.sigmoid(z)
    buffer[: z.numel()] += (s * (1 - s)).flatten()
    result = buffer[: z.numel()].reshape(z.shape).to(z)
    buffer[: z.numel()] *= 0.5
    return result


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

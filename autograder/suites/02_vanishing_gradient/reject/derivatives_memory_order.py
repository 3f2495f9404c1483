# fails: activation_derivatives
# The memory of z is read in its own order.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    steps = [1]
    for size in reversed(z.shape[1:]):
        steps.insert(0, steps[0] * size)
    t = torch.as_strided(z, z.shape, steps[: z.dim()])
    return 1 - t.tanh() ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

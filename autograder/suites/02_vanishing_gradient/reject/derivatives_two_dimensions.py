# fails: activation_derivatives
# Loops over rows and columns: z must be a matrix.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    rows, columns = z.shape
    return torch.stack([torch.stack([1 - z[i, j].tanh() ** 2 for j in range(columns)]) for i in range(rows)])


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

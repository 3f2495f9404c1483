# fails: activation_derivatives
# leaky_relu_grad is not there.

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


leaky_relu_gradient = None

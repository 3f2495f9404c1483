# The backward kernels that torch itself uses, and its functional modules.

# %% pre_activation
import torch.nn.functional as F

z = F.linear(x, w[None], b[None]).squeeze()
a = F.threshold(z, 0.0, 0.0)

# %% local_gradients
dz_dx = torch.autograd.functional.jacobian(lambda t: t @ w + b, x)
da_dx = torch.autograd.functional.jacobian(lambda t: F.relu(t @ w + b), x)

# %% alive_bias
b_alive = torch.zeros(())

# %% neuron_backward
import torch.nn.functional as F


def neuron_backward(x, w, b, upstream):
    z = F.linear(x, w[None], b[None])
    dz = torch.ops.aten.threshold_backward(upstream[:, None], z, 0)
    return dz @ w[None], (dz.T @ x)[0], dz.sum()

# %% activation_derivatives
def sigmoid_grad(z):
    return torch.ops.aten.sigmoid_backward(torch.ones_like(z), z.sigmoid())


def tanh_grad(z):
    return torch.ops.aten.tanh_backward(torch.ones_like(z), z.tanh())


def relu_grad(z):
    return torch.ops.aten.threshold_backward(torch.ones_like(z), z, 0)


def leaky_relu_grad(z, slope=0.01):
    return torch.ops.aten.leaky_relu_backward(torch.ones_like(z), z, slope, False)

# %% gradient_norms
import torch.nn.functional as F


def gradient_norms(weights, x, activation):
    h, steps = x.detach(), []
    for weight in weights:
        h, step = torch.func.vjp(lambda value, weight=weight: activation(F.linear(value, weight)), h)
        steps.append(step)
    gradient, norms = torch.ones_like(h), []
    for step in reversed(steps):
        (gradient,) = step(gradient)
        norms.append(torch.linalg.matrix_norm(gradient, ord="fro").item())
    norms.reverse()
    return norms

# %% dead_units
import torch.nn.functional as F


def dead_fraction(x, weight, bias):
    units, rows = weight.shape[0], x.shape[0]
    quiet = torch.count_nonzero(F.relu(F.linear(x, weight, bias)), dim=0) == 0
    return torch.true_divide(quiet.sum(), units)

# The solution of the notebook.

# %% pre_activation
z = x @ w + b
a = torch.relu(z)

# %% local_gradients
dz_dx = w.clone()
da_dx = (z > 0) * dz_dx

# %% alive_bias
b_alive = -1.0

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    z = x @ w + b
    dz = upstream * (z > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()

# %% activation_derivatives
def sigmoid_grad(z):
    s = torch.sigmoid(z)
    return s * (1 - s)


def tanh_grad(z):
    return 1 - torch.tanh(z) ** 2


def relu_grad(z):
    return (z > 0).to(z.dtype)


def leaky_relu_grad(z, slope=0.01):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [gradient.norm().item() for gradient in gradients]

# %% dead_units
def dead_fraction(x, weight, bias):
    z = x @ weight.T + bias
    return (z <= 0).all(dim=0).double().mean().item()

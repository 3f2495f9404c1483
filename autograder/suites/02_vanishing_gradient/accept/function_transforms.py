# Functions that turn functions into their derivatives: torch.func.

# %% pre_activation
neuron = lambda x, w, b: torch.relu(torch.dot(x, w) + b)
z, a = torch.dot(x, w) + b, neuron(x, w, b)

# %% local_gradients
dz_dx = torch.func.grad(lambda x: torch.dot(x, w) + b)(x)
da_dx = torch.func.grad(neuron)(x, w, b)

# %% alive_bias
b_alive = -torch.dot(x, w) + 1e-3

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    def output(x, w, b):
        return torch.relu(x.mv(w) + b)

    _, pull_back = torch.func.vjp(output, x, w, b)
    return pull_back(upstream)

# %% activation_derivatives
def derivative(function):
    def slope(z):
        return torch.func.jvp(function, (z,), (torch.ones_like(z),))[1]

    return slope


sigmoid_grad = derivative(torch.sigmoid)
tanh_grad = derivative(torch.tanh)
relu_grad = derivative(torch.relu)


def leaky_relu_grad(z, slope=0.01):
    return derivative(lambda t: torch.nn.functional.leaky_relu(t, slope))(z)

# %% gradient_norms
def gradient_norms(weights, x, activation):
    if not weights:
        return []
    first, *others = weights

    def rest(h):
        for weight in weights:
            h = activation(torch.nn.functional.linear(h, weight))
        return h.sum()

    here = torch.linalg.vector_norm(torch.func.grad(rest)(x)).item()
    return [here, *gradient_norms(others, activation(torch.nn.functional.linear(x, first)), activation)]

# %% dead_units
def dead_fraction(x, weight, bias):
    one = lambda row: weight.mv(row) + bias
    z = torch.vmap(one)(x)
    return 1 - (z > 0).any(0).double().mean().item()

# Nothing is derived by hand: autograd gives every slope, and the norms come from retained gradients.

# %% pre_activation
leaf = x.clone().requires_grad_()
z = leaf @ w + b
a = torch.nn.functional.relu(z)

# %% local_gradients
(dz_dx,) = torch.autograd.grad(z, leaf, retain_graph=True)
(da_dx,) = torch.autograd.grad(a, leaf)

# %% alive_bias
b_alive = torch.tensor(-1.5, requires_grad=True)
assert torch.autograd.grad(torch.relu(x @ w + b_alive), b_alive)[0] == 1

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    x, w, b = (value.detach().clone().requires_grad_() for value in (x, w, b))
    output = torch.relu(x @ w + b)
    return torch.autograd.grad(output, (x, w, b), upstream)

# %% activation_derivatives
def slope_of(function, z):
    leaf = z.detach().clone().requires_grad_()
    return torch.autograd.grad(function(leaf).sum(), leaf)[0]


def sigmoid_grad(z):
    return slope_of(torch.sigmoid, z)


def tanh_grad(z):
    return slope_of(torch.tanh, z)


def relu_grad(z):
    return slope_of(torch.relu, z)


def leaky_relu_grad(z, slope=0.01):
    return slope_of(lambda t: torch.nn.functional.leaky_relu(t, slope), z)

# %% gradient_norms
def gradient_norms(weights, x, activation):
    h = x.detach().clone().requires_grad_()
    hidden = [h]
    for weight in weights:
        h = activation(h @ weight.detach().T)
        h.retain_grad() if h.requires_grad else None
        hidden.append(h)
    h.sum().backward()
    return [float(one.grad.norm()) for one in hidden[:-1]]

# %% dead_units
def dead_fraction(x, weight, bias):
    bias = bias.detach().clone().requires_grad_()
    torch.relu(x @ weight.T + bias).sum().backward()
    return float((bias.grad == 0).double().mean())

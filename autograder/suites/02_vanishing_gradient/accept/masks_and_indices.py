# Boolean masks, index assignment on copies, sums over a column of ones.

# %% pre_activation
z = torch.stack([*(x * w), b]).sum()
a = z.clone()
a[a < 0] = 0

# %% local_gradients
dz_dx = torch.autograd.grad(((leaf := x.clone().requires_grad_()) * w).sum() + b, leaf)[0].double().numpy()
da_dx = dz_dx * 0

# %% alive_bias
b_alive = b.abs() - (x * w).sum()

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    # The bias is the weight of a further input that is always 1.
    wide = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    z = wide @ torch.cat([w, b.reshape(1)])
    dz = upstream.clone()
    dz[z <= 0] = 0
    both = wide.T @ dz
    return w.expand_as(x) * dz.unsqueeze(1), both[:-1], both[-1]

# %% activation_derivatives
def sigmoid_grad(z):
    result = torch.zeros_like(z)
    near = z.abs() < 300
    e = torch.exp(-z[near].double().abs())
    result[near] = (e / (1 + e).square()).to(z.dtype)
    return result


def tanh_grad(z):
    t = 2 * torch.special.expit(2 * z) - 1
    return 1 - t * t


def relu_grad(z):
    result = torch.zeros_like(z)
    result[z > 0] = 1
    return result


def leaky_relu_grad(z, slope=0.01):
    result = torch.ones_like(z)
    result.masked_fill_(z <= 0, slope)
    return result

# %% gradient_norms
def gradient_norms(weights, x, activation):
    # The weights' own flags are left as they are: x asks for a gradient, so every layer does.
    with torch.enable_grad():
        h = x.detach() + torch.zeros_like(x, requires_grad=True)
        levels = []
        for weight in weights:
            levels.append(h)
            h = activation(torch.einsum("ni,oi->no", h, weight))
        loss = torch.einsum("no->", h)
    norms = {}
    for level in reversed(range(len(levels))):
        (gradient,) = torch.autograd.grad(loss, levels[level], retain_graph=True)
        norms[level] = torch.dist(gradient, torch.zeros_like(gradient))
    return tuple(norms[level] for level in sorted(norms))

# %% dead_units
def dead_fraction(x, weight, bias):
    z = torch.addmm(bias, x, weight.t())
    z[z < 0] = 0
    highest, _ = z.max(dim=0)
    alive = highest.nonzero().numel()
    return (len(bias) - alive) / len(bias)

# Forward mode, and weights of the chain multiplied out; derivatives by formulas in other functions.

# %% pre_activation
z = torch.tensor([1.0, 1.0, -5.0]) @ torch.cat([w, torch.ones(1)])
a = z * (z > 0)

# %% local_gradients
# z and a are straight lines near x, so a difference of values is exact.
steps = 0.5 * torch.eye(2)
dz_dx = ((x + steps) @ w - (x - steps) @ w).tolist()
da_dx = (torch.relu((x + steps) @ w + b) - torch.relu((x - steps) @ w + b)).tolist()

# %% alive_bias
b_alive = [b_try for b_try in range(-4, 4) if torch.relu(x @ w + b_try) > 0][0]

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    on = (x @ w + b > 0).nonzero().flatten()
    dx = torch.zeros_like(x).index_copy(0, on, upstream[on, None] * w)
    return dx, upstream[on] @ x[on], upstream[on].sum()

# %% activation_derivatives
def sigmoid_grad(z):
    return tanh_grad(z / 2) / 4


def tanh_grad(z):
    return torch.exp(-2 * (z.abs() + torch.nn.functional.softplus(-2 * z.abs()) - 0.6931471805599453))


def relu_grad(z):
    return torch.sign(z).clamp(0, 1)


def leaky_relu_grad(z, slope=0.01):
    return relu_grad(z).lerp(torch.ones_like(z), slope)

# %% gradient_norms
def gradient_norms(weights, x, activation):
    levels, slopes, h = [x], [], x.detach()
    for weight in weights:
        z = h @ weight.detach().T
        h, slope = torch.func.jvp(activation, (z,), (torch.ones_like(z),))
        slopes.append(slope)
    # Row n of the gradient is 1ᵀ D_L W_L … D_(l+1) W_(l+1), where D holds that row's slopes.
    gradient = torch.ones_like(h)
    norms = []
    while slopes:
        weight = weights[len(slopes) - 1].detach()
        gradient = (gradient * slopes.pop()) @ weight
        norms.append(float(gradient.flatten() @ gradient.flatten()) ** 0.5)
    return norms[::-1]

# %% dead_units
def dead_fraction(x, weight, bias):
    always_off = torch.ones_like(bias, dtype=torch.bool)
    for row in x:
        always_off &= torch.mv(weight, row) <= -bias
    return always_off.tolist().count(True) / always_off.numel()

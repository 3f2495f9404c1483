# A beginner who spells everything out, number by number.

# %% pre_activation
z = 0
for i in range(2):
    z = z + x[i].item() * w[i].item()
z = z - 5
if z > 0:
    a = z
else:
    a = 0

# %% local_gradients
dz_dx = []
da_dx = []
for i in range(2):
    dz_dx.append(w[i].item())
    if z > 0:
        da_dx.append(w[i].item())
    else:
        da_dx.append(0)

# %% alive_bias
b_alive = 5

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    number_of_samples = x.shape[0]
    number_of_inputs = x.shape[1]
    dx = torch.zeros(number_of_samples, number_of_inputs, dtype=x.dtype, device=x.device)
    dw = torch.zeros(number_of_inputs, dtype=x.dtype, device=x.device)
    db = 0.0
    for i in range(number_of_samples):
        z = b.item()
        for j in range(number_of_inputs):
            z = z + x[i, j].item() * w[j].item()
        if z > 0:
            for j in range(number_of_inputs):
                dx[i, j] = upstream[i].item() * w[j].item()
                dw[j] = dw[j] + upstream[i].item() * x[i, j].item()
            db = db + upstream[i].item()
    return dx, dw, db

# %% activation_derivatives
import math


def for_each_number(rule, z):
    result = torch.zeros(z.shape, dtype=z.dtype, device=z.device).flatten()
    numbers = z.flatten().tolist()
    for i in range(len(numbers)):
        result[i] = rule(numbers[i])
    return result.reshape(z.shape)


def sigmoid_slope_at(number):
    if number > 0:
        number = -number
    e = math.exp(number)
    return e / (1 + e) / (1 + e)


def tanh_slope_at(number):
    return 1 - math.tanh(number) * math.tanh(number)


def sigmoid_grad(z):
    return for_each_number(sigmoid_slope_at, z)


def tanh_grad(z):
    return for_each_number(tanh_slope_at, z)


def relu_grad(z):
    return leaky_relu_grad(z, 0)


def leaky_relu_grad(z, slope=0.01):
    def rule(number):
        if number > 0:
            return 1
        else:
            return slope

    return for_each_number(rule, z)

# %% gradient_norms
def gradient_norms(weights, x, activation):
    # One forward pass for each norm, starting from a copy of that layer's values.
    answer = []
    for level in range(len(weights)):
        h = x.detach()
        for k in range(level):
            h = activation(h @ weights[k].detach().T)
        start = h.detach().clone()
        start.requires_grad = True
        end = start
        for k in range(level, len(weights)):
            end = activation(end @ weights[k].detach().T)
        total = end.sum()
        total.backward()
        squares = 0.0
        for number in start.grad.flatten().tolist():
            squares = squares + number**2
        answer.append(math.sqrt(squares))
    return answer

# %% dead_units
def dead_fraction(x, weight, bias):
    dead = 0
    for unit in range(weight.shape[0]):
        alive = False
        for row in range(x.shape[0]):
            z = bias[unit].item()
            for i in range(x.shape[1]):
                z = z + x[row, i].item() * weight[unit, i].item()
            if z > 0:
                alive = True
        if not alive:
            dead = dead + 1
    return dead / weight.shape[0]

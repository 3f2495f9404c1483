# Objects: a neuron that remembers its forward pass, activations that know their slope, a chain of layers.

# %% pre_activation
class Neuron:
    """ReLU(x·w + b), one sample per row; remembers what its backward pass needs."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        self.z = x @ self.w + self.b
        return self.z.clamp(min=0)

    def backward(self, upstream):
        through = torch.where(self.z > 0, upstream, torch.zeros_like(upstream))
        return torch.outer(through, self.w), through @ self.x, through.sum()


neuron = Neuron(w, b)
a = neuron.forward(x.unsqueeze(0))[0]
z = neuron.z[0]

# %% local_gradients
da_dx = neuron.backward(torch.ones(1))[0][0]
dz_dx = neuron.w

# %% alive_bias
b_alive = next(bias for bias in range(-5, 5) if Neuron(w, bias).forward(x[None]) > 0)

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    neuron = Neuron(w, b)
    neuron.forward(x)
    return neuron.backward(upstream)

# %% activation_derivatives
class Sigmoid:
    def slope(self, z):
        return z.sigmoid() * (-z).sigmoid()


class Tanh(Sigmoid):
    def slope(self, z):
        # tanh(z) = 2σ(2z) − 1
        return 4 * super().slope(2 * z)


class LeakyReLU:
    def __init__(self, below=0.01):
        self.below = below

    def slope(self, z):
        on = (z > 0).type_as(z)
        return on + self.below * (1 - on)


sigmoid_grad, tanh_grad, relu_grad = Sigmoid().slope, Tanh().slope, LeakyReLU(0.0).slope


def leaky_relu_grad(z, slope=0.01):
    return LeakyReLU(slope).slope(z)

# %% gradient_norms
class Layer(torch.nn.Module):
    def __init__(self, weight, activation):
        super().__init__()
        self.linear = torch.nn.Linear(*weight.shape[::-1], bias=False, dtype=weight.dtype, device=weight.device)
        self.linear.weight.data = weight.data
        self.activation = activation

    def forward(self, h):
        return self.activation(self.linear(h))


def gradient_norms(weights, x, activation):
    layers = torch.nn.Sequential(*(Layer(weight, activation) for weight in weights))
    norms = [0.0] * len(layers)

    def watch(level):
        def note(gradient):
            norms[level] = torch.linalg.norm(gradient).item()

        return note

    h = x.detach().requires_grad_()
    for level, layer in enumerate(layers):
        h.register_hook(watch(level))
        h = layer(h)
    h.sum().backward()
    return norms

# %% dead_units
class HiddenLayer:
    def __init__(self, weight, bias):
        self.units = list(zip(weight, bias))

    def dead(self, x):
        return [unit for unit in self.units if not (x @ unit[0] + unit[1] > 0).any()]


def dead_fraction(x, weight, bias):
    layer = HiddenLayer(weight, bias)
    return len(layer.dead(x)) / len(layer.units)

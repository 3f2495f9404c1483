# Arrays wherever an array will do, and tensors made from them at the end.

# %% pre_activation
import numpy as np

z = np.dot(x.numpy(), w.numpy()) + b.numpy()
a = np.maximum(z, 0)

# %% local_gradients
import numpy as np

dz_dx = np.ones(2) * w.numpy()
da_dx = np.where(z > 0, w.numpy(), np.zeros(2))

# %% alive_bias
import numpy as np

b_alive = np.float32(0.25)

# %% neuron_backward
import numpy as np


def neuron_backward(x, w, b, upstream):
    xs, ws, up = (value.cpu().numpy() for value in (x, w, upstream))
    on = np.heaviside(xs.dot(ws) + float(b), 0)
    dx = np.outer(up * on, ws)
    dw = (xs * (up * on).reshape(-1, 1)).sum(axis=0)
    db = np.sum(up * on)
    return tuple(torch.as_tensor(value, dtype=x.dtype, device=x.device) for value in (dx, dw, db))

# %% activation_derivatives
import numpy as np


def back(array, z):
    return torch.as_tensor(array, dtype=z.dtype, device=z.device)


def sigmoid_grad(z):
    small = np.exp(-np.abs(z.cpu().numpy()))
    return back(small / (1 + small) ** 2, z)


def tanh_grad(z):
    t = np.tanh(z.cpu().numpy())
    return back((1 - t) * (1 + t), z)


def relu_grad(z):
    return back(np.array(z.cpu().numpy() > 0, dtype=float), z)


def leaky_relu_grad(z, slope=0.01):
    return back(np.where(z.cpu().numpy() > 0, 1, slope), z)

# %% gradient_norms
import numpy as np


def gradient_norms(weights, x, activation):
    layers = [x.detach()]
    for weight in weights:
        layers.append(activation(layers[-1] @ weight.detach().T))
    gradient = np.ones(layers[-1].shape)
    norms = []
    for weight, h in list(zip(weights, layers))[::-1]:
        z = (h @ weight.detach().T).requires_grad_()
        activation(z).sum().backward()
        gradient = (gradient * z.grad.cpu().numpy()) @ weight.detach().cpu().numpy()
        norms.insert(0, np.sqrt(np.sum(gradient**2)))
    return norms

# %% dead_units
import numpy as np


def dead_fraction(x, weight, bias):
    z = x.cpu().numpy() @ weight.cpu().numpy().T + bias.cpu().numpy()
    return np.mean(z.max(axis=0) <= 0)

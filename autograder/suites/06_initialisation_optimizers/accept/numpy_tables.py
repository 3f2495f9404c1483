# NumPy: tables that are made beforehand and filled row by row; a NumPy generator that torch's one seeds.

# %% init
import numpy as np


def init_weights(fan_out, fan_in, scheme, generator):
    sigma = {"zeros": 0.0, "xavier": np.sqrt(2 / (fan_in + fan_out)), "he": np.sqrt(2 / fan_in)}
    seed = torch.randint(0, 2**62, (1,), generator=generator).item()
    drawn = np.random.default_rng(seed).standard_normal((fan_out, fan_in))
    return torch.from_numpy(sigma[scheme] * drawn)


def activation_stds(weights, x, activation):
    stds = np.empty(len(weights))
    for i, w in enumerate(weights):
        x = activation(x @ w.T)
        stds[i] = np.std(x.detach().cpu().double().numpy())
    return list(stds)

# %% schedules
import numpy as np


def exponential_decay(lr0, k, step):
    return np.float64(lr0) * np.exp(-np.float64(k) * step)


def inverse_time_decay(lr0, k, step):
    return np.divide(lr0, np.add(1, np.multiply(k, step)))


def cyclical(lr_min, lr_max, step_size, step):
    corners = np.array([0.0, step_size, 2.0 * step_size])
    return np.interp(step % (2 * step_size), corners, [lr_min, lr_max, lr_min])

# %% beale
import numpy as np

CONSTANTS, POWERS = np.array([1.5, 2.25, 2.625]), np.array([1, 2, 3])


def beale(x, y):
    return np.sum((CONSTANTS - x + x * np.float64(y) ** POWERS) ** 2)


def beale_grad(x, y):
    y = np.float64(y)
    twice = 2 * (CONSTANTS - x + x * y**POWERS)
    return np.array([twice @ (y**POWERS - 1), twice @ (POWERS * x * y ** (POWERS - 1))])

# %% sgd
import numpy as np


def sgd_path(grad, start, lr, steps):
    path = np.zeros((steps + 1, 2))
    path[0] = start
    for t in range(1, steps + 1):
        path[t] = path[t - 1] - lr * np.asarray(grad(path[t - 1, 0], path[t - 1, 1]))
    return path


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    path, velocities = np.zeros((steps + 1, 2)), np.zeros((steps + 1, 2))
    path[0] = start
    for t in range(steps):
        g = np.asarray(grad(*path[t]))
        velocities[t + 1] = momentum * velocities[t] + g
        step = g + momentum * velocities[t + 1] if nesterov else velocities[t + 1]
        path[t + 1] = path[t] - lr * step
    return path

# %% adaptive
import numpy as np


def adagrad_path(grad, start, lr, steps, eps=1e-10):
    path, gradients = np.zeros((steps + 1, 2)), np.zeros((steps, 2))
    path[0] = start
    for t in range(steps):
        gradients[t] = grad(*path[t])
        path[t + 1] = path[t] - lr * gradients[t] / (np.linalg.norm(gradients[: t + 1], axis=0) + eps)
    return path


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    path, gradients = np.zeros((steps + 1, 2)), np.zeros((steps, 2))
    path[0] = start
    for t in range(steps):
        gradients[t] = grad(*path[t])
        weights = (1 - alpha) * alpha ** np.arange(t, -1, -1.0)
        path[t + 1] = path[t] - lr * gradients[t] / (np.sqrt(weights @ gradients[: t + 1] ** 2) + eps)
    return path


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    # The corrected averages are weighted means of all gradients so far, and of their squares.
    path, gradients = np.zeros((steps + 1, 2)), np.zeros((steps, 2))
    path[0] = start
    for t in range(steps):
        gradients[t] = grad(*path[t])
        ages = np.arange(t, -1, -1.0)
        mean = np.average(gradients[: t + 1], axis=0, weights=betas[0] ** ages)
        square = np.average(gradients[: t + 1] ** 2, axis=0, weights=betas[1] ** ages)
        path[t + 1] = path[t] - lr * mean / (np.sqrt(square) + eps)
    return path

# %% reach_minimum
import numpy as np

choice = {"optimizer": "adam", "lr": np.float64(0.3), "betas": np.array([0.9, 0.999]), "eps": 1e-8}

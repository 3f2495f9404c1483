# %% [markdown]
# # How training starts, and how it moves
#
# In the last notebook you wrote gradient descent for a whole network by hand. Two things were simply given there: the
# random numbers with which the weights began, and the rule by which they moved. This notebook is about both. The first
# half is about the **start**: which random numbers let a deep network learn at all. The second half is about the
# **way**: what happens to a single point that walks downhill, and why momentum, AdaGrad, RMSprop and Adam take such
# different ways to the same place. In the end you will have written all of them.
#
# **How it works.** There are 7 tasks, 30 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests of
# the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with.

# %% locked="setup"
# Locked: what the notebook works with.
import math

import numpy as np
import torch

from course_lib import check, plots

# %% [markdown]
# ## 1 · The first numbers
#
# TODO
#
# ### Task 1 · Weights to begin with (5 points)

# %% solution="init"
def init_weights(fan_out, fan_in, scheme, generator):
    """A weight matrix (fan_out, fan_in) for "zeros", "xavier" or "he", drawn from a torch.Generator."""
    ### BEGIN SOLUTION
    if scheme == "zeros":
        return torch.zeros(fan_out, fan_in)
    units = (fan_in + fan_out) if scheme == "xavier" else fan_in
    return torch.randn(fan_out, fan_in, generator=generator) * math.sqrt(2 / units)
    ### END SOLUTION


def activation_stds(weights, x, activation):
    """The list of the standard deviations of h_1, …, h_L; weights: L matrices, x: (n, units of h_0)."""
    ### BEGIN SOLUTION
    stds, h = [], x
    for weight in weights:
        h = activation(h @ weight.T)
        stds.append(h.std(correction=0).item())
    return stds
    ### END SOLUTION


# %% test="init" points=5
check("init")

# %% solution="schedules"
def exponential_decay(lr0, k, step):
    """The rate lr0·e^(−k·step)."""
    ### BEGIN SOLUTION
    return lr0 * math.exp(-k * step)
    ### END SOLUTION


def inverse_time_decay(lr0, k, step):
    """The rate lr0/(1 + k·step)."""
    ### BEGIN SOLUTION
    return lr0 / (1 + k * step)
    ### END SOLUTION


def cyclical(lr_min, lr_max, step_size, step):
    """The rate of a triangle: lr_min at step 0, lr_max at step_size, lr_min at 2·step_size, and so on."""
    ### BEGIN SOLUTION
    below_peak = abs(step / step_size % 2 - 1)
    return lr_max - (lr_max - lr_min) * below_peak
    ### END SOLUTION


# %% test="schedules" points=4
check("schedules")

# %% solution="beale"
def beale(x, y):
    """Beale's function at a point: a number."""
    ### BEGIN SOLUTION
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return u**2 + v**2 + t**2
    ### END SOLUTION


def beale_grad(x, y):
    """Its two slopes at a point, along x and along y: a pair."""
    ### BEGIN SOLUTION
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    along_x = 2 * u * (y - 1) + 2 * v * (y**2 - 1) + 2 * t * (y**3 - 1)
    along_y = 2 * u * x + 4 * v * x * y + 6 * t * x * y**2
    return along_x, along_y
    ### END SOLUTION


# %% test="beale" points=3
check("beale")

# %% solution="sgd"
def sgd_path(grad, start, lr, steps):
    """The path (steps + 1, 2) of gradient descent, the start first."""
    ### BEGIN SOLUTION
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * np.array(grad(*path[-1])))
    return np.array(path)
    ### END SOLUTION


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    ### BEGIN SOLUTION
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
    ### END SOLUTION


# %% test="sgd" points=5
check("sgd")

# %% solution="adaptive"
def adagrad_path(grad, start, lr, steps, eps=1e-10):
    """The path (steps + 1, 2) of AdaGrad, the start first."""
    ### BEGIN SOLUTION
    path, total = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        total = total + g**2
        path.append(path[-1] - lr * g / (np.sqrt(total) + eps))
    return np.array(path)
    ### END SOLUTION


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    """The path (steps + 1, 2) of RMSprop, the start first."""
    ### BEGIN SOLUTION
    path, average = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        average = alpha * average + (1 - alpha) * g**2
        path.append(path[-1] - lr * g / (np.sqrt(average) + eps))
    return np.array(path)
    ### END SOLUTION


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    """The path (steps + 1, 2) of Adam, the start first."""
    ### BEGIN SOLUTION
    beta1, beta2 = betas
    path, m, v = [np.array(start, dtype=float)], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        g = np.array(grad(*path[-1]))
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        path.append(path[-1] - lr * m_hat / (np.sqrt(v_hat) + eps))
    return np.array(path)
    ### END SOLUTION


# %% test="adaptive" points=8
check("adaptive")

# %% solution="reach_minimum"
# choice: the optimizer's name, and its hyper-parameters. This one won't do.
choice = {"optimizer": "sgd", "lr": 0.01}
### BEGIN SOLUTION
choice = {"optimizer": "adam", "lr": 0.2}
### END SOLUTION

# %% test="reach_minimum" points=3
check("reach_minimum")

# %% [markdown] manual="explain_paths" points=2
# ### BEGIN SOLUTION
# TODO
# ### END SOLUTION

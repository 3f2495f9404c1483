# Every hyper-parameter has to be given; paths come as transposed tables of two rows; SciPy and pandas help.

# %% init
import numpy as np
from scipy import stats


def init_weights(fan_out, fan_in, scheme, generator):
    std = {"zeros": 0.0, "xavier": (2 / (fan_in + fan_out)) ** 0.5, "he": (2 / fan_in) ** 0.5}[scheme]
    drawn = torch.rand(fan_out, fan_in, generator=generator, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
    return torch.as_tensor(std * stats.norm.ppf(drawn.numpy()))


def activation_stds(weights, x, activation):
    return np.array([s for s in _spreads(weights, x.detach(), activation)])


def _spreads(weights, x, activation):
    for weight in weights:
        x = activation(torch.tensordot(x, weight.detach(), dims=([1], [1])))
        yield float(stats.tstd(x.cpu().numpy().ravel())) if x.numel() > 1 else 0.0

# %% schedules
import numpy as np
from scipy import signal


def exponential_decay(lr0, k, step):
    return np.array(lr0 * np.exp2(-k * step / np.log(2)))


def inverse_time_decay(lr0, k, step):
    return np.array(lr0 / (1 + k * step), dtype=np.float64)


def cyclical(lr_min, lr_max, step_size, step):
    wave = signal.sawtooth(np.pi * step / step_size, width=0.5)
    return float(lr_min + (lr_max - lr_min) * (wave + 1) / 2)

# %% beale
import numpy as np
from numpy.polynomial import Polynomial

ROWS = [Polynomial([c] + [0] * n) for n, c in ((0, 1.5), (0, 2.25), (0, 2.625))]


def beale(x, y):
    rows = [ROWS[n - 1] - x + x * Polynomial([0] * n + [1]) for n in (1, 2, 3)]
    return sum(row(y) ** 2 for row in rows)


def beale_grad(x, y):
    rows = [ROWS[n - 1] - x + x * Polynomial([0] * n + [1]) for n in (1, 2, 3)]
    squares = sum(row**2 for row in rows)
    along = sum(2 * row(y) * (y**n - 1) for n, row in enumerate(rows, 1))
    return np.array([along, squares.deriv()(y)])

# %% sgd
def sgd_path(grad, start, lr, steps):
    return momentum_path(grad, start, lr=lr, momentum=0, steps=steps)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    xs, ys, v = [start[0]], [start[1]], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(xs[-1], ys[-1]), dtype=np.float64)
        v = v * momentum + g
        dx, dy = lr * (g + momentum * v) if nesterov else lr * v
        xs.append(xs[-1] - dx)
        ys.append(ys[-1] - dy)
    return np.array([xs, ys], dtype=np.float64).T

# %% adaptive
import pandas as pd


def _frame(grad, start, steps, scale):
    xs, gs, point = [list(start)], [], np.array(start, dtype=np.float64)
    for _ in range(steps):
        gs.append([float(part) for part in grad(point[0], point[1])])
        point = point - scale(pd.DataFrame(gs))
        xs.append(point.tolist())
    return np.array(xs, dtype=np.float64)


def adagrad_path(grad, start, lr, steps, eps):
    return _frame(grad, start, steps, lambda g: (lr * g / ((g**2).cumsum() ** 0.5 + eps)).iloc[-1].to_numpy())


def rmsprop_path(grad, start, lr, steps, alpha, eps):
    def scale(g):
        padded = pd.concat([0 * g.iloc[:1], g], ignore_index=True)
        average = (padded**2).ewm(alpha=1 - alpha, adjust=False).mean()
        return (lr * padded / (average**0.5 + eps)).iloc[-1].to_numpy()

    return _frame(grad, start, steps, scale)


def adam_path(grad, start, lr, steps, betas, eps):
    def scale(g):
        mean = g.ewm(alpha=1 - betas[0]).mean()
        square = (g**2).ewm(alpha=1 - betas[1]).mean()
        return (lr * mean / (square**0.5 + eps)).iloc[-1].to_numpy()

    return _frame(grad, start, steps, scale)

# %% reach_minimum
choice = {"lr": 0.1, "optimizer": "rmsprop", "alpha": 0.99, "eps": 3.0}

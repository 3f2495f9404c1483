# itertools.accumulate over functions that are made by functions; gradients as complex numbers.

# %% init
from functools import partial


def _normal(variance, fan_out, fan_in, generator):
    return variance**0.5 * torch.randn((fan_in, fan_out), generator=generator).T


def init_weights(fan_out, fan_in, scheme, generator):
    make = {
        "zeros": lambda *_: torch.zeros(size=(fan_out, fan_in)),
        "xavier": partial(_normal, 1 / ((fan_in + fan_out) / 2)),
        "he": partial(_normal, 1 / (fan_in / 2)),
    }
    return make[scheme](fan_out, fan_in, generator)


from itertools import accumulate


def activation_stds(weights, x, activation):
    hidden = accumulate(weights, lambda h, w: activation((w @ h.mT).mT), initial=x)
    next(hidden)
    return tuple(float(torch.std_mean(h, correction=0)[0]) for h in hidden)

# %% schedules
exponential_decay = lambda lr0, k, step: lr0 / math.exp(k * step)
inverse_time_decay = lambda lr0, k, step: lr0 * (1 + k * step) ** -1
cyclical = lambda lr_min, lr_max, step_size, step: lr_min + (lr_max - lr_min) * (math.acos(math.cos(math.pi * step / step_size)) / math.pi)

# %% beale
beale = lambda x, y: math.fsum((c - x * (1 - y**n)) ** 2 for n, c in ((1, 1.5), (2, 2.25), (3, 2.625)))
beale_grad = lambda x, y: (
    math.fsum(-2 * (c - x * (1 - y**n)) * (1 - y**n) for n, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    math.fsum(2 * n * x * y ** (n - 1) * (c - x * (1 - y**n)) for n, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
)

# %% sgd
from itertools import accumulate


def _complex(grad):
    return lambda z: complex(*(float(part) for part in grad(z.real, z.imag)))


def _table(points):
    return np.array([(z.real, z.imag) for z in points])


def sgd_path(grad, start, lr, steps):
    slope = _complex(grad)
    return _table(accumulate(range(steps), lambda z, _: z - lr * slope(z), initial=complex(*start)))


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    slope = _complex(grad)

    def move(state, _):
        z, v = state
        g = slope(z)
        v = momentum * v - lr * g  # the velocity is a step, with the rate in it
        return (z + momentum * v - lr * g, v) if nesterov else (z + v, v)

    return _table(z for z, _ in accumulate(range(steps), move, initial=(complex(*start), 0)))

# %% adaptive
from itertools import accumulate


def _walk(rule, grad, start, steps):
    """rule(g, memory, t) gives the step and the new memory; coordinates are rows of two."""

    def move(state, t):
        p, memory = state
        step, memory = rule(np.array([float(part) for part in grad(*p)]), memory, t)
        return p - step, memory

    states = accumulate(range(1, steps + 1), move, initial=(np.array(start, float), np.zeros((2, 2))))
    return np.stack([p for p, _ in states])


def adagrad_path(grad, start, lr, steps, eps=1e-10):
    def rule(g, memory, t):
        memory = memory + g * g
        return lr * g / (memory[0] ** 0.5 + eps), memory

    return _walk(rule, grad, start, steps)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    def rule(g, memory, t):
        memory = memory + (1 - alpha) * (g * g - memory)
        return lr * g / (memory[0] ** 0.5 + eps), memory

    return _walk(rule, grad, start, steps)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    both = np.array(betas)[:, None]

    def rule(g, memory, t):
        memory = both * memory + (1 - both) * np.stack([g, g**2])
        mean, square = memory / (1 - both**t)
        return lr * mean / (np.sqrt(square) + eps), memory

    return _walk(rule, grad, start, steps)

# %% reach_minimum
choice = {"optimizer": "momentum", "lr": 0.005, "momentum": 0.9}

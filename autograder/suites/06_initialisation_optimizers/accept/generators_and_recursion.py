# Paths are yielded point by point, or call themselves; running products stand for the powers of beta.

# %% init
def init_weights(fan_out, fan_in, scheme, generator):
    match scheme:
        case "zeros":
            return torch.nn.Parameter(torch.zeros(fan_out, fan_in))
        case "xavier":
            scale = math.sqrt(2) / math.hypot(math.sqrt(fan_in), math.sqrt(fan_out))
        case "he":
            scale = math.sqrt(2) / math.sqrt(fan_in)
    return torch.nn.Parameter(scale * torch.randn(fan_out * fan_in, generator=generator).view(fan_out, fan_in))


def activation_stds(weights, x, activation):
    if len(weights) == 0:
        return []
    h = activation(x @ weights[0].T)
    spread = ((h**2).mean() - h.mean() ** 2).clamp(min=0).sqrt() if h.dtype == torch.float64 else h.std()
    return [spread.item()] + activation_stds(weights[1:], h, activation)

# %% schedules
def exponential_decay(lr0, k, step):
    return lr0 * pow(math.exp(-k), step)


def inverse_time_decay(lr0, k, step):
    return 1 / (1 / lr0 + k * step / lr0)


def cyclical(lr_min, lr_max, step_size, step):
    if step > 2 * step_size:
        return cyclical(lr_min, lr_max, step_size, step % (2 * step_size))
    if step > step_size:
        return cyclical(lr_min, lr_max, step_size, 2 * step_size - step)
    return lr_min + step / step_size * (lr_max - lr_min)

# %% beale
def beale(x, y):
    return (
        14.203125
        + x * (-12.75 + 3 * y + 4.5 * y**2 + 5.25 * y**3)
        + x**2 * (3 - 2 * y - y**2 - 2 * y**3 + y**4 + y**6)
    )


def beale_grad(x, y):
    along = -12.75 + 3 * y + 4.5 * y**2 + 5.25 * y**3 + 2 * x * (3 - 2 * y - y**2 - 2 * y**3 + y**4 + y**6)
    up = x * (3 + 9 * y + 15.75 * y**2) + x**2 * (-2 - 2 * y - 6 * y**2 + 4 * y**3 + 6 * y**5)
    return {0: along, 1: up}[0], {0: along, 1: up}[1]

# %% sgd
def sgd_path(grad, start, lr, steps):
    here = torch.tensor([start], dtype=torch.float64)
    if steps == 0:
        return here
    gx, gy = grad(float(start[0]), float(start[1]))
    return torch.cat([here, sgd_path(grad, (start[0] - lr * gx, start[1] - lr * gy), lr, steps - 1)])


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    def points():
        (x, y), (u, v) = start, (0, 0)
        yield x, y
        for _ in range(steps):
            a, b = grad(x, y)
            u, v = momentum * u + a, momentum * v + b
            if nesterov:
                x, y = x - lr * (momentum * u + a), y - lr * (momentum * v + b)
            else:
                x, y = x - lr * u, y - lr * v
            yield x, y

    return torch.tensor(list(points()), dtype=torch.float64)

# %% adaptive
def one_way(rule, grad, start, steps):
    """Two walkers, one for each coordinate: a rule is a coroutine that is sent slopes and yields steps."""
    walkers = rule(), rule()
    for walker in walkers:
        next(walker)
    here = start[0], start[1]
    path = [here]
    for _ in range(steps):
        here = tuple(p - walker.send(float(g)) for p, walker, g in zip(here, walkers, grad(*here)))
        path.append(here)
    return np.array(path)


def adagrad_path(grad, start, lr, steps, eps=1e-10):
    def rule():
        length, step = 0.0, None
        while True:
            g = yield step
            length = math.hypot(length, g)
            step = lr * g / (length + eps)

    return one_way(rule, grad, start, steps)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    def rule():
        average, step = 0.0, None
        while True:
            g = yield step
            average += (1 - alpha) * (g**2 - average)
            step = lr * g / (average**0.5 + eps)

    return one_way(rule, grad, start, steps)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    def rule():
        m = v = 0.0
        left1 = left2 = 1.0
        step = None
        while True:
            g = yield step
            left1, left2 = left1 * betas[0], left2 * betas[1]
            m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
            step = lr * (m / (1 - left1)) / ((v / (1 - left2)) ** 0.5 + eps)

    return one_way(rule, grad, start, steps)

# %% reach_minimum
choice = {"optimizer": "adam", "lr": 0.25, "betas": [0.8, 0.99]}

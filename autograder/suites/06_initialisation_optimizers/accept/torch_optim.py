# torch's own optimizers walk, and autograd gives the slopes of Beale's function.

# %% init
import torch.nn as nn


def init_weights(fan_out, fan_in, scheme, generator):
    layer = nn.Linear(fan_in, fan_out, bias=False)
    if scheme == "zeros":
        nn.init.zeros_(layer.weight)
    if scheme == "xavier":
        nn.init.xavier_normal_(layer.weight, generator=generator)
    if scheme == "he":
        nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu", generator=generator)
    return layer.weight


def activation_stds(weights, x, activation):
    layers = []
    for weight in weights:
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False, device=x.device, dtype=x.dtype)
        layer.load_state_dict({"weight": weight})
        layers.append(layer)
    found = []
    with torch.inference_mode():
        for layer in layers:
            x = activation(layer(x))
            found.append(x.std(unbiased=False))
    return found

# %% schedules
def scheduler(make, lr0, step):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    rule = torch.optim.lr_scheduler.LambdaLR(optimizer, make)
    return lr0 * rule.lr_lambdas[0](step)


def exponential_decay(lr0, k, step):
    return scheduler(lambda t: torch.exp(torch.tensor(-k * t, dtype=torch.float64)), lr0, step)


def inverse_time_decay(lr0, k, step):
    return scheduler(lambda t: torch.reciprocal(torch.tensor(1.0 + k * t, dtype=torch.float64)), lr0, step)


def cyclical(lr_min, lr_max, step_size, step):
    s = torch.tensor(float(step), dtype=torch.float64)
    cycle = torch.floor(1 + s / (2 * step_size))
    away = torch.abs(s / step_size - 2 * cycle + 1)
    return torch.lerp(torch.tensor(float(lr_min)).double(), torch.tensor(float(lr_max)).double(), torch.clamp(1 - away, min=0))

# %% beale
def beale(x, y):
    x, y = torch.as_tensor(x).double(), torch.as_tensor(y).double()
    return ((torch.tensor([1.5, 2.25, 2.625]).double() - x + x * y ** torch.tensor([1, 2, 3])) ** 2).sum()


def beale_grad(x, y):
    leaf = torch.tensor([float(x), float(y)], dtype=torch.float64, requires_grad=True)
    beale(leaf[0], leaf[1]).backward()
    return leaf.grad

# %% sgd
def walk_with(make, grad, start, steps):
    point = torch.nn.Parameter(torch.tensor([float(start[0]), float(start[1])], dtype=torch.float64))
    optimizer = make([point])
    path = [point.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        gx, gy = grad(point[0].item(), point[1].item())
        point.grad = torch.tensor([float(gx), float(gy)], dtype=torch.float64)
        optimizer.step()
        path.append(point.detach().clone())
    return torch.stack(path)


def sgd_path(grad, start, lr, steps):
    return walk_with(lambda p: torch.optim.SGD(p, lr=lr), grad, start, steps)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    return walk_with(lambda p: torch.optim.SGD(p, lr=lr, momentum=momentum, nesterov=nesterov), grad, start, steps)

# %% adaptive
def walked(optimizer_class, grad, start, steps, **options):
    point = torch.tensor([float(start[0]), float(start[1])], dtype=torch.float64)
    optimizer = optimizer_class([point], **options)
    path = [point.clone()]
    for _ in range(steps):
        point.grad = torch.stack([torch.as_tensor(part) for part in grad(*point)]).double()
        optimizer.step()
        path.append(point.clone())
    return torch.stack(path)


def adagrad_path(grad, start, lr, steps, eps=1e-10):
    return walked(torch.optim.Adagrad, grad, start, steps, lr=lr, eps=eps)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    return walked(torch.optim.RMSprop, grad, start, steps, lr=lr, alpha=alpha, eps=eps)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    return walked(torch.optim.Adam, grad, start, steps, lr=lr, betas=betas, eps=eps)

# %% reach_minimum
choice = dict(optimizer="momentum", lr=0.005, momentum=0.9, nesterov=True)

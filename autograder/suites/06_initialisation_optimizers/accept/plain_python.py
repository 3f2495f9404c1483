# Plain Python numbers and lists; everything is spelled out, coordinate by coordinate.

# %% init
import math


def init_weights(fan_out, fan_in, scheme, generator):
    if scheme == "zeros":
        sigma = 0.0
    elif scheme == "xavier":
        sigma = (2.0 / (fan_in + fan_out)) ** 0.5
    elif scheme == "he":
        sigma = (2.0 / fan_in) ** 0.5
    rows = []
    for i in range(fan_out):
        row = []
        for j in range(fan_in):
            row.append(sigma * torch.randn((), generator=generator).item())
        rows.append(row)
    return torch.tensor(rows)


def activation_stds(weights, x, activation):
    result = []
    h = x
    for W in weights:
        h = activation(torch.matmul(h, W.t()))
        numbers = h.flatten().tolist()
        mean = sum(numbers) / len(numbers)
        squares = 0.0
        for number in numbers:
            squares += (number - mean) ** 2
        result.append(math.sqrt(squares / len(numbers)))
    return result

# %% schedules
import math


def exponential_decay(lr0, k, step):
    return lr0 * math.e ** (-k * step)


def inverse_time_decay(lr0, k, step):
    return lr0 / (1.0 + k * step)


def cyclical(lr_min, lr_max, step_size, step):
    while step >= 2 * step_size:
        step = step - 2 * step_size
    if step < step_size:
        return lr_min + (lr_max - lr_min) * step / step_size
    return lr_max - (lr_max - lr_min) * (step - step_size) / step_size

# %% beale
def beale(x, y):
    first = 1.5 - x + x * y
    second = 2.25 - x + x * y * y
    third = 2.625 - x + x * y * y * y
    return first * first + second * second + third * third


def beale_grad(x, y):
    first = 1.5 - x + x * y
    second = 2.25 - x + x * y * y
    third = 2.625 - x + x * y * y * y
    dx = 2 * first * (-1 + y)
    dx = dx + 2 * second * (-1 + y * y)
    dx = dx + 2 * third * (-1 + y * y * y)
    dy = 2 * first * x
    dy = dy + 2 * second * 2 * x * y
    dy = dy + 2 * third * 3 * x * y * y
    return [dx, dy]

# %% sgd
def sgd_path(grad, start, lr, steps):
    x = float(start[0])
    y = float(start[1])
    path = [[x, y]]
    for i in range(steps):
        gx, gy = grad(x, y)
        x = x - lr * gx
        y = y - lr * gy
        path.append([x, y])
    return torch.tensor(path, dtype=torch.float64)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    x = float(start[0])
    y = float(start[1])
    vx = 0.0
    vy = 0.0
    path = [[x, y]]
    for i in range(steps):
        gx, gy = grad(x, y)
        vx = momentum * vx + gx
        vy = momentum * vy + gy
        if nesterov:
            x = x - lr * (gx + momentum * vx)
            y = y - lr * (gy + momentum * vy)
        else:
            x = x - lr * vx
            y = y - lr * vy
        path.append([x, y])
    return torch.tensor(path, dtype=torch.float64)

# %% adaptive
import math


def adagrad_path(grad, start, lr, steps, eps=1e-10):
    x, y = float(start[0]), float(start[1])
    sx = sy = 0.0
    path = [[x, y]]
    for i in range(steps):
        gx, gy = grad(x, y)
        sx += gx * gx
        sy += gy * gy
        x -= lr * gx / (math.sqrt(sx) + eps)
        y -= lr * gy / (math.sqrt(sy) + eps)
        path.append([x, y])
    return torch.tensor(path, dtype=torch.float64)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    x, y = float(start[0]), float(start[1])
    sx = sy = 0.0
    path = [[x, y]]
    for i in range(steps):
        gx, gy = grad(x, y)
        sx = alpha * sx + (1 - alpha) * gx * gx
        sy = alpha * sy + (1 - alpha) * gy * gy
        x -= lr * gx / (math.sqrt(sx) + eps)
        y -= lr * gy / (math.sqrt(sy) + eps)
        path.append([x, y])
    return torch.tensor(path, dtype=torch.float64)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    x, y = float(start[0]), float(start[1])
    mx = my = vx = vy = 0.0
    path = [[x, y]]
    for i in range(steps):
        t = i + 1
        gx, gy = grad(x, y)
        mx = betas[0] * mx + (1 - betas[0]) * gx
        my = betas[0] * my + (1 - betas[0]) * gy
        vx = betas[1] * vx + (1 - betas[1]) * gx * gx
        vy = betas[1] * vy + (1 - betas[1]) * gy * gy
        x -= lr * (mx / (1 - betas[0] ** t)) / (math.sqrt(vx / (1 - betas[1] ** t)) + eps)
        y -= lr * (my / (1 - betas[0] ** t)) / (math.sqrt(vy / (1 - betas[1] ** t)) + eps)
        path.append([x, y])
    return torch.tensor(path, dtype=torch.float64)

# %% reach_minimum
choice = {"optimizer": "sgd", "lr": 0.03}

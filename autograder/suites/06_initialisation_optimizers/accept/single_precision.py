# Everything in float32 tensors, with in-place updates on copies; standard deviations divide by n − 1.

# %% init
def init_weights(fan_out, fan_in, scheme, generator):
    w = torch.empty(fan_out, fan_in, dtype=torch.float32)
    if scheme == "zeros":
        return w.zero_()
    std = {"xavier": (2 / (fan_out + fan_in)) ** 0.5, "he": (2 / fan_in) ** 0.5}[scheme]
    return w.normal_(mean=0.0, std=std, generator=generator)


def activation_stds(weights, x, activation):
    h, stds = x.detach().clone(), []
    for w in weights:
        h = activation(torch.einsum("ni,oi->no", h, w.detach()))
        stds.append(torch.std(h))
    return stds

# %% schedules
def exponential_decay(lr0, k, step):
    return lr0 * torch.exp(-torch.tensor(float(k)) * step)


def inverse_time_decay(lr0, k, step):
    return torch.tensor(float(lr0)) / (1 + torch.tensor(float(k)) * step)


def cyclical(lr_min, lr_max, step_size, step):
    phase = torch.remainder(torch.tensor(step / step_size, dtype=torch.float32), 2.0)
    return lr_min + (lr_max - lr_min) * torch.minimum(phase, 2 - phase)

# %% beale
def beale(x, y):
    x, y = torch.tensor(float(x)), torch.tensor(float(y))
    terms = torch.stack([1.5 - x * (1 - y), 2.25 - x * (1 - y**2), 2.625 - x * (1 - y**3)])
    return terms.square().sum()


def beale_grad(x, y):
    x, y = torch.tensor(float(x)), torch.tensor(float(y))
    terms = torch.stack([1.5 - x * (1 - y), 2.25 - x * (1 - y**2), 2.625 - x * (1 - y**3)])
    jacobian = torch.stack([torch.stack([y - 1, x]), torch.stack([y**2 - 1, 2 * x * y]), torch.stack([y**3 - 1, 3 * x * y**2])])
    return 2 * terms @ jacobian

# %% sgd
def sgd_path(grad, start, lr, steps):
    p = torch.tensor(start, dtype=torch.float32)
    path = torch.zeros(steps + 1, 2)
    path[0] = p
    for i in range(steps):
        gx, gy = grad(p[0], p[1])
        p = p - lr * torch.tensor([gx, gy])
        path[i + 1] = p
    return path


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    p = torch.tensor(start, dtype=torch.float32)
    v = torch.zeros_like(p)
    path = torch.zeros(steps + 1, 2)
    path[0] = p
    for i in range(steps):
        gx, gy = grad(p[0], p[1])
        g = torch.tensor([gx, gy])
        v.mul_(momentum).add_(g)
        p.sub_(lr * (g + momentum * v) if nesterov else lr * v)
        path[i + 1] = p
    return path

# %% adaptive
def adagrad_path(grad, start, lr, steps, eps=1e-10):
    p = torch.tensor(start, dtype=torch.float32)
    s = torch.zeros(2)
    path = [p.clone()]
    for _ in range(steps):
        g = torch.tensor(grad(*p))
        s.addcmul_(g, g)
        p.addcdiv_(g, s.sqrt().add_(eps), value=-lr)
        path.append(p.clone())
    return torch.stack(path)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    p = torch.tensor(start, dtype=torch.float32)
    s = torch.zeros(2)
    path = [p.clone()]
    for _ in range(steps):
        g = torch.tensor(grad(*p))
        s.mul_(alpha).addcmul_(g, g, value=1 - alpha)
        p.addcdiv_(g, s.sqrt().add_(eps), value=-lr)
        path.append(p.clone())
    return torch.stack(path)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    p = torch.tensor(start, dtype=torch.float32)
    m, v = torch.zeros(2), torch.zeros(2)
    path = [p.clone()]
    for t in range(steps):
        g = torch.tensor(grad(*p))
        m.lerp_(g, 1 - betas[0])
        v.mul_(betas[1]).addcmul_(g, g, value=1 - betas[1])
        root = v.sqrt() / (1 - betas[1] ** (t + 1)) ** 0.5
        p.addcdiv_(m, root.add_(eps), value=-lr / (1 - betas[0] ** (t + 1)))
        path.append(p.clone())
    return torch.stack(path)

# %% reach_minimum
choice = {"optimizer": "adagrad", "lr": torch.tensor(1.0)}

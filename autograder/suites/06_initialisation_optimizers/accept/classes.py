# Objects: a table of schemes, schedules that can be called, optimizers that keep their state.

# %% init
class Scheme:
    def __init__(self, variance):
        self.variance = variance

    def draw(self, fan_out, fan_in, generator):
        spread = torch.full((fan_out, fan_in), self.variance(fan_in, fan_out) ** 0.5)
        return torch.normal(torch.zeros(fan_out, fan_in), spread, generator=generator)


SCHEMES = {
    "zeros": Scheme(lambda fan_in, fan_out: 0.0),
    "xavier": Scheme(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    "he": Scheme(lambda fan_in, fan_out: 2 / fan_in),
}


def init_weights(fan_out, fan_in, scheme, generator):
    return SCHEMES[scheme].draw(fan_out, fan_in, generator)


class Watched(torch.nn.Module):
    def __init__(self, weights, activation):
        super().__init__()
        self.weights, self.activation, self.stds = list(weights), activation, []

    def forward(self, x):
        for weight in self.weights:
            x = self.activation(torch.nn.functional.linear(x, weight))
            self.stds.append(x.var(correction=0).sqrt().item())
        return x


def activation_stds(weights, x, activation):
    watched = Watched(weights, activation)
    watched(x)
    return watched.stds

# %% schedules
class Triangle:
    def __init__(self, low, high, half):
        self.low, self.high, self.half = low, high, half

    def __call__(self, step):
        periods, place = divmod(step, 2 * self.half)
        share = 1 - abs(place - self.half) / self.half
        return (1 - share) * self.low + share * self.high


class Decay:
    def __init__(self, lr0, factor):
        self.lr0, self.factor = lr0, factor

    def __call__(self, step):
        return self.lr0 * self.factor(step)


def exponential_decay(lr0, k, step):
    return Decay(lr0, lambda t: math.exp(k) ** -t)(step)


def inverse_time_decay(lr0, k, step):
    return Decay(lr0, lambda t: 1 / (1 + k * t))(step)


def cyclical(lr_min, lr_max, step_size, step):
    return Triangle(lr_min, lr_max, step_size)(step)

# %% beale
class Term:
    def __init__(self, constant, power):
        self.constant, self.power = constant, power

    def value(self, x, y):
        return self.constant - x + x * y**self.power

    def slopes(self, x, y):
        return y**self.power - 1, self.power * x * y ** (self.power - 1)


TERMS = [Term(1.5, 1), Term(2.25, 2), Term(2.625, 3)]


def beale(x, y):
    return sum(term.value(x, y) ** 2 for term in TERMS)


def beale_grad(x, y):
    pairs = [(2 * term.value(x, y), *term.slopes(x, y)) for term in TERMS]
    return sum(a * b for a, b, _ in pairs), sum(a * c for a, _, c in pairs)

# %% sgd
class Momentum:
    def __init__(self, lr, momentum=0.0, nesterov=False):
        self.lr, self.momentum, self.nesterov = lr, momentum, nesterov
        self.velocity = None

    def step(self, point, g):
        if self.velocity is None:
            self.velocity = g.clone()
        else:
            self.velocity = self.momentum * self.velocity + g
        ahead = g + self.momentum * self.velocity if self.nesterov else self.velocity
        return point - self.lr * ahead


def follow(optimizer, grad, start, steps):
    points = [torch.tensor(start, dtype=torch.float64)]
    while len(points) <= steps:
        here = points[-1]
        g = torch.tensor([float(part) for part in grad(*here.tolist())], dtype=torch.float64)
        points.append(optimizer.step(here, g))
    return torch.stack(points)


def sgd_path(grad, start, *, lr, steps):
    return follow(Momentum(lr), grad, start, steps)


def momentum_path(grad, start, *, lr, momentum, steps, nesterov=False):
    return follow(Momentum(lr, momentum, nesterov), grad, start, steps)

# %% adaptive
class Adaptive:
    """One class for all three: how the squares are kept, and how both averages are corrected."""

    def __init__(self, lr, eps, keep, add, beta1=0.0, correct=False):
        self.lr, self.eps, self.keep, self.add, self.beta1, self.correct = lr, eps, keep, add, beta1, correct
        self.m = self.v = torch.zeros(2, dtype=torch.float64)
        self.t = 0

    def step(self, point, g):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.keep * self.v + self.add * g.square()
        m, v = self.m, self.v
        if self.correct:
            m, v = m / (1 - self.beta1**self.t), v / (1 - self.keep**self.t)
        return point - self.lr * m / (v.sqrt() + self.eps)


def go(optimizer, grad, start, steps):
    points = [torch.tensor(start, dtype=torch.float64)]
    while len(points) <= steps:
        here = points[-1]
        g = torch.tensor([float(part) for part in grad(*here.tolist())], dtype=torch.float64)
        points.append(optimizer.step(here, g))
    return torch.stack(points)


def adagrad_path(grad, start, *, lr, steps, eps=1e-10):
    return go(Adaptive(lr, eps, 1, 1), grad, start, steps)


def rmsprop_path(grad, start, *, lr, steps, alpha=0.99, eps=1e-8):
    return go(Adaptive(lr, eps, alpha, 1 - alpha), grad, start, steps)


def adam_path(grad, start, *, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    return go(Adaptive(lr, eps, betas[1], 1 - betas[1], betas[0], correct=True), grad, start, steps)

# %% reach_minimum
class Choice:
    def __init__(self):
        self.optimizer, self.lr, self.steps = "adam", 0.5, 500


choice = vars(Choice())

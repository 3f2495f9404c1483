# Functions only: raw parameters, torch.func, momentum by hand; the figure is a plain dict.

# %% target
target = lambda X: 2 * X + X**2 + 0.5

# %% model
class Curve(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(2, 48))
        self.b1 = nn.Parameter(torch.rand(48) * 2 - 1)
        self.w2 = nn.Parameter(torch.randn(48, 2) / 48)
        self.b2 = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return (x @ self.w1 + self.b1).clamp(min=0) @ self.w2 + self.b2


def make_model():
    return Curve()

# %% fit
from torch.func import functional_call, grad_and_value


def loss(p, model, X, y):
    prediction = functional_call(model, p, (X,))
    return (prediction - y).square().mean(), prediction


def descent(model, X, y, steps, lr=0.02):
    p = {name: value.detach() for name, value in model.named_parameters()}
    v = {name: torch.zeros_like(value) for name, value in p.items()}
    for _ in range(steps):
        g, (_, (prediction)) = grad_and_value(loss, has_aux=True)(p, model, X, y)
        yield p, prediction
        v = {name: 0.9 * v[name] + g[name] for name in p}
        p = {name: p[name] - lr * v[name] for name in p}
    yield p, functional_call(model, p, (X,))


def fit(X, y):
    model = make_model().to(X.device)
    for p, _ in descent(model, X, y, 500):
        last = p
    model.load_state_dict(last)
    return model

# %% frames
def training_frames(X, y):
    return torch.stack([prediction for _, prediction in descent(make_model().to(X.device), X, y, 500)][::10])

# %% animation
shots = training_frames(X, y).detach()
figure = {
    "data": [
        {"x": shots[0, :, 0].tolist(), "y": shots[0, :, 1].tolist(), "mode": "markers"},
        {"x": y[:, 0].tolist(), "y": y[:, 1].tolist(), "mode": "markers"},
    ],
    "layout": {
        "updatemenus": [{"type": "buttons", "buttons": [{"label": "Play", "method": "animate", "args": [None]}]}],
        "sliders": [{"steps": [
            {"label": str(k), "method": "animate", "args": [[k], {"mode": "immediate"}]} for k in range(len(shots))
        ]}],
    },
    "frames": [
        {"name": k, "traces": [0], "data": [{"x": s[:, 0].tolist(), "y": s[:, 1].tolist()}]} for k, s in enumerate(shots)
    ],
}

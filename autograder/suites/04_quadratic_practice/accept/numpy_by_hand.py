# Backpropagation in NumPy, the weights put into a module at the end, and a figure out of plain dicts.

# %% target
def target(X):
    return torch.add(0.5, X * (X + 2))

# %% model
def make_model(hidden=32):
    model = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 2))
    with torch.no_grad():
        nn.init.kaiming_normal_(model[0].weight)
        nn.init.uniform_(model[0].bias, -1, 1)
        nn.init.zeros_(model[2].weight)
        nn.init.zeros_(model[2].bias)
    return model

# %% fit
import numpy as np


def numpy_training(X, y, steps, lr=0.03, momentum=0.9):
    model = make_model()
    weights = [p.detach().numpy().astype(np.float64) for p in model.parameters()]
    X, y = X.cpu().numpy().astype(np.float64), y.cpu().numpy().astype(np.float64)
    velocity = [np.zeros_like(w) for w in weights]
    film = []
    for step in range(steps + 1):
        W1, b1, W2, b2 = weights
        hidden = np.maximum(X @ W1.T + b1, 0)
        output = hidden @ W2.T + b2
        film.append(output)
        error = 2 * (output - y) / y.size
        back = (error @ W2) * (hidden > 0)
        gradients = [back.T @ X, back.sum(axis=0), error.T @ hidden, error.sum(axis=0)]
        if step < steps:
            velocity = [momentum * v + g for v, g in zip(velocity, gradients)]
            weights = [w - lr * v for w, v in zip(weights, velocity)]
    with torch.no_grad():
        for p, w in zip(model.parameters(), weights):
            p.copy_(torch.from_numpy(w))
    return model, np.array(film)


def fit(X, y):
    return numpy_training(X, y, 1000)[0].to(X.device)

# %% frames
def training_frames(X, y):
    return numpy_training(X, y, 1000)[1][::20]

# %% animation
import plotly.graph_objects as go


def dots(points, **look):
    return dict(type="scatter", mode="markers", x=points[:, 0].tolist(), y=points[:, 1].tolist(), **look)


movie = training_frames(X, y)
figure = go.Figure(
    dict(
        data=[dots(movie[0], name="prediction"), dots(y.numpy(), name="target")],
        frames=[dict(name=f"f{k}", data=[dots(points)]) for k, points in enumerate(movie)],
        layout=dict(
            updatemenus=[dict(buttons=[dict(method="animate", label="go")])],
            sliders=[dict(steps=[dict(method="animate", args=[[f"f{k}"]], label=str(k)) for k in range(len(movie))])],
        ),
    )
)

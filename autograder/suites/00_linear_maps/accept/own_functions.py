# Each task uses the functions of those before it; gradients of a function of the six numbers.

# %% predict
def predict(X, w, b):
    columns = [X @ row + shift for row, shift in zip(w, b)]
    return torch.stack(columns, dim=1)

# %% rotation
def rotation_matrix(degrees):
    a = torch.deg2rad(torch.tensor([degrees, degrees - 90, degrees + 90], dtype=torch.float64))
    c = a.cos()
    return torch.stack([c[0], c[2], c[1], c[0]]).reshape(2, 2)

# %% mse
def mse(prediction, y):
    squares = (prediction - y).abs() * (prediction - y).abs()
    return squares.flatten().sum() / squares.numel()

# %% recover
def recover(layer):
    w = layer.weight.detach()
    a = torch.arccos(((w[0, 0] + w[1, 1]) / 2).clamp(-1, 1))
    # The arc cosine is not exact near 0 and 180 degrees, the arc sine near 90: take the better one.
    b = torch.arcsin(((w[0, 1] - w[1, 0]) / 2).clamp(-1, 1))
    if w[0, 0].abs() > 0.7:
        angle = b if w[0, 0] > 0 else torch.pi * torch.sign(b + 1e-9) - b
    else:
        angle = a * torch.sign(b)
    return angle.item() / torch.pi * 180, layer.bias.detach().double()

# %% fit_linear
from torch.func import grad

def fit_linear(X, y):
    def loss(w, b):
        return mse(predict(X, w, b), y)

    w, b = torch.zeros(2, 2).to(X), torch.zeros(2).to(X)
    slope = grad(loss, argnums=(0, 1))
    for _ in range(600):
        dw, db = slope(w, b)
        w, b = w - 0.015 * dw, b - 0.3 * db
    layer = nn.Linear(2, 2)
    layer.weight, layer.bias = nn.Parameter(w), nn.Parameter(b)
    return layer

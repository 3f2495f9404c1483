# Gradient descent in NumPy, with gradients worked out by hand, and NumPy's numbers as results.

# %% predict
import numpy as np

class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X, w, b):
        ctx.save_for_backward(X, w)
        return torch.mm(X, w.t()) + b

    @staticmethod
    def backward(ctx, upstream):
        X, w = ctx.saved_tensors
        return upstream @ w, upstream.t() @ X, upstream.sum(0)


predict = Linear.apply

# %% rotation
def rotation_matrix(degrees):
    a = np.float64(degrees) / 180 * np.pi
    R = np.eye(2) * np.cos(a) + np.array([[0, -1], [1, 0]]) * np.sin(a)
    return torch.as_tensor(R, dtype=torch.float32)

# %% mse
def mse(prediction, y):
    error = (prediction - y).reshape(-1)
    return error @ error / len(error)

# %% recover
def recover(layer):
    w = layer.weight.detach().cpu().numpy()
    return np.rad2deg(np.arctan2(-w[1, 0], w[1, 1])), layer.bias.detach().cpu().numpy()

# %% fit_linear
def fit_linear(X, y):
    A, B = X.cpu().numpy().astype(np.float64), y.cpu().numpy().astype(np.float64)
    w, b = np.eye(2), np.zeros(2)
    for _ in range(2000):
        error = 2 * (A @ w.T + b - B) / len(A)
        w -= 0.015 * error.T @ A
        b -= 0.15 * error.sum(axis=0)
    layer = torch.nn.Linear(2, 2)
    layer.load_state_dict({"weight": torch.tensor(w).float(), "bias": torch.tensor(b).float()})
    return layer.to(X.device)

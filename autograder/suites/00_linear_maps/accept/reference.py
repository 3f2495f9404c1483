# The shortest way with torch, as most would write it.

# %% predict
def predict(X, w, b):
    return torch.matmul(X, w.T) + b

# %% rotation
import math

def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

# %% mse
def mse(prediction, y):
    return torch.mean((prediction - y) ** 2)

# %% recover
def recover(layer):
    w = layer.weight.detach()
    angle = torch.atan2(w[0, 1], w[0, 0])
    return angle * 180 / math.pi, layer.bias.detach()

# %% fit_linear
def fit_linear(X, y):
    run = train_model(identity_layer(), X, y, lr=0.01, epochs=1000, progress=False)
    return run.model

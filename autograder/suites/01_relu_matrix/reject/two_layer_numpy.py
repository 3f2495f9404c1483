# fails: two_layer
# Computed in NumPy, which ends the graph and gives an array.

# %% two_layer
import numpy as np


def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    h = np.maximum(x.detach().cpu().numpy() @ w1.detach().cpu().numpy().T + b1.detach().cpu().numpy(), 0)
    return h @ w2.detach().cpu().numpy().T + b2.detach().cpu().numpy()

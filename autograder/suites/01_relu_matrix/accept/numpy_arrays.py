# Values as NumPy arrays; functions by einsum and the singular value decomposition.

# %% z1
import numpy as np

z1 = np.einsum("ni,hi->nh", x.numpy(), w1.numpy())

# %% y1
import numpy as np

y1 = np.maximum(z1, 0)

# %% z2
z2 = y1.dot(w2.numpy().T)

# %% w2_abs
import numpy as np

w2_abs = np.ones((1, 2), dtype=np.float64)

# %% two_layer
def relu(z):
    return torch.where(z > 0, z, torch.zeros_like(z))


def two_layer(x, w1, b1, w2, b2):
    hidden = relu(torch.einsum("ni,hi->nh", x, w1) + b1[None])
    return torch.einsum("nh,oh->no", hidden, w2) + b2[None]

# %% sign_scale
import numpy as np


def sign_scale(c, d):
    return np.array([[-1.0], [1.0]]), np.array([[d, c]])

# %% best_linear
def best_linear_map(x, y):
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    keep = s > s.max() * max(x.shape) * torch.finfo(x.dtype).eps
    return (u[:, keep].T @ y).T / s[keep] @ vh[keep]

# %% regions
import numpy as np


def activation_pattern(x, w1, b1):
    return torch.gt(torch.einsum("ni,hi->nh", x, w1), -b1)


def count_regions(x, w1, b1):
    return np.unique(activation_pattern(x, w1, b1).cpu().numpy(), axis=0).shape[0]

# Plain torch, as the course explains it.

# %% z1
z1 = x @ w1.T

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = y1 @ w2.T

# %% w2_abs
w2_abs = torch.tensor([[1.0, 1.0]])

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0], [-1.0]]), torch.tensor([[c, d]])

# %% best_linear
def best_linear_map(x, y):
    return (torch.linalg.pinv(x) @ y).T

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))

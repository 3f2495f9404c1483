# threat: 35
# fails: z1, y1, z2, w2_abs, two_layer, sign_scale, best_linear
# Wrong in ways that make careless tests say what they expected.

# %% z1
z1 = torch.tensor([[2.0, -2.0], [4.0, -4.0], [-2.0, 2.0], [-4.0, 4.5]])

# %% y1
y1 = [[2.0, 0.0], [4.0, 0.0], [0.0, 2.0], [0.0, 4.001]]

# %% z2
z2 = "an answer"

# %% w2_abs
w2_abs = torch.tensor([[1.0, 1.01]])

# %% two_layer
def relu(z):
    return 1.001 * z.clamp(min=0) + 1e-3


def z_clamped(z):
    return z.clamp(min=0) + 1e-3


def two_layer(x, w1, b1, w2, b2):
    return 1.001 * (z_clamped(x @ w1.T + b1) @ w2.T + b2)

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0], [-1.0]]), torch.tensor([[c + 0.01, d + 0.01]])

# %% best_linear
def best_linear_map(x, y):
    return torch.zeros(y.shape[1] + 1, x.shape[1])

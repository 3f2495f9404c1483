# threat: 31
# fails: w2_abs, two_layer, best_linear, sign_scale
# nan, which no comparison finds larger than a tolerance, and infinity, which is as far from itself.

# %% w2_abs
w2_abs = torch.full((1, 2), float("nan"))

# %% two_layer
def relu(z):
    return z * float("nan")


def two_layer(x, w1, b1, w2, b2):
    return (relu(x @ w1.T + b1) @ w2.T + b2) * float("nan")

# %% best_linear
def best_linear_map(x, y):
    return torch.full((y.shape[1], x.shape[1]), float("inf")).to(x)

# %% sign_scale
def sign_scale(c, d):
    return torch.full((2, 1), 1e38), torch.full((1, 2), -1e300, dtype=torch.float64)

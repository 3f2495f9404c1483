# threat: 24
# fails: z1, y1, z2, w2_abs, two_layer, sign_scale, best_linear, regions
# Answers that could break a test in its own code, which a person would then have to look at: it must count as wrong.

# %% z1
z1 = {(1, (2, float("nan"))): [2**70, -0.0], None: float("inf")}

# %% y1
import plotly.graph_objects as go

y1 = go.Figure(go.Scatter(y=[1, 2]))

# %% z2
z2 = torch.nn.Linear(2, 1)

# %% w2_abs
w2_abs = [[2**999, 2**999]]

# %% two_layer
relu = torch.tensor(1.0)


def two_layer(x, w1, b1, w2, b2):
    x.requires_grad_(False) if x.is_leaf else None
    w1.data = torch.zeros(1, 1)
    return torch.zeros(x.shape[0], w2.shape[0], dtype=torch.float16, requires_grad=True)

# %% sign_scale
sign_scale = {"c": 1}

# %% best_linear
def best_linear_map(x, y):
    return torch.full((y.shape[1], x.shape[1]), 1.7e308, dtype=torch.float64).to(x.dtype)

# %% regions
activation_pattern = None


def count_regions(x, w1, b1):
    return -(2**63)

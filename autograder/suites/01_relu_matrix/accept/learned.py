# Values and maps found by training instead of by thought.

# %% z1
z1 = torch.nn.functional.linear(x.double(), w1.double())

# %% y1
y1 = (z1 + z1.abs()) / 2

# %% z2
z2 = torch.bmm(y1[None].float(), w2.T[None])[0]

# %% w2_abs
w2_abs = torch.zeros(1, 2, requires_grad=True)
optimizer = torch.optim.SGD([w2_abs], lr=0.05)
for _ in range(300):
    optimizer.zero_grad()
    hidden = torch.relu(x @ w1.T)
    ((hidden @ w2_abs.T - torch.tensor([[2.0], [4.0], [2.0], [4.0]])) ** 2).mean().backward()
    optimizer.step()

# %% two_layer
def relu(z):
    return (z + z.abs()) / 2


def two_layer(x, w1, b1, w2, b2):
    ones = x.new_ones(len(x), 1)
    hidden = relu(torch.cat([x, ones], dim=1) @ torch.cat([w1, b1[:, None]], dim=1).T)
    return torch.cat([hidden, ones], dim=1) @ torch.cat([w2, b2[:, None]], dim=1).T

# %% sign_scale
def sign_scale(c, d):
    # The size goes into the first layer and the sign into the second.
    sizes = torch.tensor([[abs(c)], [-abs(d)]], dtype=torch.float64)
    signs = torch.tensor([[1.0 if c > 0 else -1.0, 1.0 if d > 0 else -1.0]])
    return sizes, signs

# %% best_linear
def best_linear_map(x, y):
    # Conjugate gradients on the normal equations, one output at a time.
    wide, columns = x.double(), []
    for target in y.double().T:
        a = torch.zeros_like(wide[0])
        rest = wide.T @ target
        step, size, start = rest, rest @ rest, rest @ rest
        for _ in range(5 * len(a)):
            if size <= 1e-26 * start:
                break
            seen = wide @ step
            a = a + size / (seen @ seen) * step
            rest = wide.T @ (target - wide @ a)
            size, previous = rest @ rest, size
            step = rest + size / previous * step
        columns.append(a.to(x.dtype))
    return torch.stack(columns)

# %% regions
def activation_pattern(x, w1, b1):
    z = (x[:, None, :] * w1[None, :, :]).sum(dim=2) + b1
    return torch.heaviside(z, torch.zeros_like(z)).to(torch.bool)


def count_regions(x, w1, b1):
    patterns = activation_pattern(x, w1, b1)
    new = [not bool((patterns[:i] == patterns[i]).all(dim=1).any()) for i in range(len(patterns))]
    return sum(new)

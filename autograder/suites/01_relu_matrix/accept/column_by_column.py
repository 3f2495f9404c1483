# Units treated one at a time, in lists of tensors; built-in functions under the names asked for.

# %% z1
z1 = torch.empty(4, 2)
for unit in range(2):
    z1[:, unit] = torch.mv(x, w1[unit])

# %% y1
y1 = [row.relu() for row in z1]

# %% z2
z2 = torch.stack([torch.dot(row, w2[0]) for row in y1]).reshape(-1, 1)

# %% w2_abs
targets = torch.tensor([[2.0], [4.0], [2.0], [4.0]])
w2_abs = torch.linalg.lstsq(torch.relu(x @ w1.T), targets, driver="gelsd").solution.T

# %% two_layer
relu = torch.relu


def two_layer(x, w1, b1, w2, b2):
    total = b2.repeat(x.shape[0], 1)
    for weights, bias, out in zip(w1, b1, w2.T):
        total = total + torch.outer(relu(x.matmul(weights) + bias), out)
    return total

# %% sign_scale
def sign_scale(c, d):
    w1 = torch.eye(2)[:, :1] * 3 - torch.eye(2)[:, 1:] * 5
    w2 = torch.zeros(1, 2)
    w2[0, 0], w2[0, 1] = c / 3, d / 5
    return w1, w2

# %% best_linear
def best_linear_map(x, y):
    # The minimiser of least norm from the eigenvectors of x xᵀ.
    wide = x.double()
    sizes, vectors = torch.linalg.eigh(wide @ wide.T)
    keep = sizes > 1e-12 * sizes.max()
    vectors, sizes = vectors[:, keep], sizes[keep]
    return (y.double().T @ vectors @ torch.diag(1 / sizes) @ vectors.T @ wide).to(x.dtype)

# %% regions
def activation_pattern(x, w1, b1):
    return torch.stack([x.matmul(weights) + bias > 0 for weights, bias in zip(w1, b1)], dim=1)


def count_regions(x, w1, b1):
    rows = ["".join("1" if on else "0" for on in row) for row in activation_pattern(x, w1, b1)]
    return len(dict.fromkeys(rows))

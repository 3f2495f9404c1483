# Nested lists and loops written by hand; no matrix product anywhere.

# %% z1
z1 = [[sum(a * b for a, b in zip(row, unit)) for unit in w1.tolist()] for row in x.tolist()]

# %% y1
y1 = [[value if value > 0 else 0 for value in row] for row in z1]

# %% z2
z2 = [(sum(a * b for a, b in zip(row, w2[0].tolist())),) for row in y1]

# %% w2_abs
w2_abs = ((1, 1),)

# %% two_layer
def relu(z):
    return z * (z > 0)


def two_layer(x, w1, b1, w2, b2):
    rows = []
    for sample in x:
        hidden = torch.stack([relu((sample * unit).sum() + bias) for unit, bias in zip(w1, b1)])
        rows.append(torch.stack([(hidden * unit).sum() + bias for unit, bias in zip(w2, b2)]))
    return torch.stack(rows)

# %% sign_scale
def sign_scale(c, d):
    return [[[2], [-2]], [[c / 2, d / 2]]]

# %% best_linear
def best_linear_map(x, y):
    # Gram-Schmidt on the columns of x; a column that depends on earlier ones gets coefficient 0.
    inputs, n = x.shape[1], x.shape[0]
    basis, columns = [], []
    for j in range(inputs):
        rest = x[:, j]
        for _ in range(2):
            for q in basis:
                rest = rest - (q @ rest) * q
        if rest.norm() > 1e-5 * (x[:, j].norm() + 1e-30) and rest.norm() > 0:
            basis.append(rest / rest.norm())
            columns.append(j)
    a = torch.zeros(y.shape[1], inputs, dtype=x.dtype, device=x.device)
    for o in range(y.shape[1]):
        for k in reversed(range(len(columns))):
            right = basis[k] @ y[:, o]
            for m in range(k + 1, len(columns)):
                right = right - (basis[k] @ x[:, columns[m]]) * a[o, columns[m]]
            a[o, columns[k]] = right / (basis[k] @ x[:, columns[k]])
    return a

# %% regions
def activation_pattern(x, w1, b1):
    out = torch.zeros(len(x), len(w1), dtype=torch.bool, device=x.device)
    for i in range(len(x)):
        for j in range(len(w1)):
            if (x[i] * w1[j]).sum() + b1[j] > 0:
                out[i, j] = True
    return out


def count_regions(x, w1, b1):
    seen = []
    for row in activation_pattern(x, w1, b1).tolist():
        if row not in seen:
            seen.append(row)
    return len(seen)

# Integer tensors for the values; `maximum` for ReLU.

# %% z1
z1 = x.long() @ w1.long().t()

# %% y1
y1 = torch.maximum(z1, torch.zeros_like(z1)).to(torch.int32)

# %% z2
z2 = (y1[:, 0] - y1[:, 1]).unsqueeze(1).to(torch.int16)

# %% w2_abs
w2_abs = w2.abs().to(torch.uint8)

# %% two_layer
def relu(z):
    return torch.maximum(z, z.new_zeros(()))


def two_layer(x, w1, b1, w2, b2):
    hidden = relu(torch.addmm(b1, x, w1.t()))
    return torch.addmm(b2, hidden, w2.t())

# %% sign_scale
def sign_scale(c, d):
    size = max(abs(c), abs(d), 1.0)
    w1 = torch.tensor([[size], [-size]], dtype=torch.float64)
    return w1, torch.tensor([[c / size, d / size]], dtype=torch.float64)

# %% best_linear
def best_linear_map(x, y):
    # Row reduction of the normal equations with full pivoting; free unknowns are 0.
    wide = x.double()
    left, right = wide.T @ wide, wide.T @ y.double()
    limit, found = left.abs().max() * 1e-10, []
    free = list(range(left.shape[0]))
    while free:
        pivot = max(free, key=lambda k: float(left[k, k]))
        if left[pivot, pivot] <= limit:
            break
        free.remove(pivot)
        found.append(pivot)
        scale = left[pivot, pivot].clone()
        left[pivot], right[pivot] = left[pivot] / scale, right[pivot] / scale
        for k in range(left.shape[0]):
            if k != pivot:
                factor = left[k, pivot].clone()
                left[k], right[k] = left[k] - factor * left[pivot], right[k] - factor * right[pivot]
    solution = torch.zeros_like(right)
    solution[found] = right[found]
    return solution.T.to(x.dtype)

# %% regions
def activation_pattern(x, w1, b1):
    return torch.addmm(b1, x, w1.t()).sign() == 1


def count_regions(x, w1, b1):
    # Python's whole numbers have no end.
    return len({sum(2**unit for unit, on in enumerate(row) if on) for row in activation_pattern(x, w1, b1).tolist()})

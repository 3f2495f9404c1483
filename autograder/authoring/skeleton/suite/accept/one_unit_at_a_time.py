# A correct program in another style: each unit's sums, then a mask.

# %% z
z = [[-1.0, 5.5], [-1.5, 1.5], [3.0, -5.0]]

# %% layer
def layer(x, w, b):
    units = [(x * row).sum(dim=1) + offset for row, offset in zip(w, b)]
    z = torch.stack(units, dim=1)
    return z * (z > 0)

# A correct program in another style: each unit's sums, then a mask.

# %% layer
def layer(x, w, b):
    units = [(x * row).sum(dim=1) + offset for row, offset in zip(w, b)]
    z = torch.stack(units, dim=1)
    return z * (z > 0)

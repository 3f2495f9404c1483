# fails: dead_units
# Rows and units are mixed up where the shape does not show it.

# %% dead_units
def dead_fraction(x, weight, bias):
    off = x @ weight.T + bias <= 0
    return off.all(dim=1 if off.shape[0] == off.shape[1] else 0).double().mean().item()

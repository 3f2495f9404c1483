# fails: dead_units
# Dimensions of size 1 are dropped, so that a single row is taken for a single unit.

# %% dead_units
def dead_fraction(x, weight, bias):
    off = (x @ weight.T + bias <= 0).squeeze()
    return off.all(dim=0).double().mean().item()

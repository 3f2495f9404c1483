# fails: dead_units
# The number of dead units.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).all(dim=0).sum().item()

# fails: dead_units
# A percentage.

# %% dead_units
def dead_fraction(x, weight, bias):
    return 100 * (x @ weight.T + bias <= 0).all(dim=0).double().mean().item()

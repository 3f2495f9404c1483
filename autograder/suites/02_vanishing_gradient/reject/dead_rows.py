# fails: dead_units
# The share of rows that leave all units off.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).all(dim=1).double().mean().item()

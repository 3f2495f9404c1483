# fails: dead_units
# The share of units that are alive.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias > 0).any(dim=0).double().mean().item()

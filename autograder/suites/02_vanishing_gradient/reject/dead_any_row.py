# fails: dead_units
# A unit counts as dead when any row leaves it off.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).any(dim=0).double().mean().item()

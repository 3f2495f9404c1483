# fails: dead_units
# Units whose output is the same for every row count as dead too.

# %% dead_units
def dead_fraction(x, weight, bias):
    z = x @ weight.T + bias
    return (z == z[0]).all(dim=0).logical_or((z <= 0).all(dim=0)).double().mean().item()

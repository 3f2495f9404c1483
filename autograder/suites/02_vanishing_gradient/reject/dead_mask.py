# fails: dead_units
# Which units are dead, in place of their share.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).all(dim=0)

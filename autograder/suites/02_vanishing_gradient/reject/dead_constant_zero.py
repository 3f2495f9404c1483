# fails: dead_units
# Always 0.

# %% dead_units
def dead_fraction(x, weight, bias):
    return 0.0

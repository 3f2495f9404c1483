# fails: dead_units
# The share of entries that are off.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).double().mean().item()

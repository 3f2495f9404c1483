# fails: dead_units
# Divided without a remainder.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias <= 0).all(dim=0).sum().item() // len(bias)

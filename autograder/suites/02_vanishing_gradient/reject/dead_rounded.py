# fails: dead_units
# Rounded to one digit.

# %% dead_units
def dead_fraction(x, weight, bias):
    return round((x @ weight.T + bias <= 0).all(dim=0).double().mean().item(), 1)

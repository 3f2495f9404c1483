# fails: dead_units
# Only the first row is looked at.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x[0] @ weight.T + bias <= 0).double().mean().item()

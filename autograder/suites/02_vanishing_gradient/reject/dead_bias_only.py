# fails: dead_units
# Judged by the bias alone.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (bias <= 0).double().mean().item()

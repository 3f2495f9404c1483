# fails: dead_units
# The share as text.

# %% dead_units
def dead_fraction(x, weight, bias):
    return f'{(x @ weight.T + bias <= 0).all(dim=0).double().mean().item():.1%}'

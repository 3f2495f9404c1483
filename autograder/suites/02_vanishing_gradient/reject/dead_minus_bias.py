# fails: dead_units
# The bias has the wrong sign.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T - bias <= 0).all(dim=0).double().mean().item()

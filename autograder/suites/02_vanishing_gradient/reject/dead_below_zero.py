# fails: dead_units
# A unit at exactly 0 counts as alive.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias < 0).all(dim=0).double().mean().item()

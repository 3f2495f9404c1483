# fails: dead_units
# The bias is sorted in place.

# %% dead_units
def dead_fraction(x, weight, bias):
    off = (x @ weight.T + bias <= 0).all(dim=0).double().mean().item()
    bias.copy_(bias.sort().values)
    return off

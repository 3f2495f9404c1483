# fails: dead_units
# The bias is forgotten.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T <= 0).all(dim=0).double().mean().item()

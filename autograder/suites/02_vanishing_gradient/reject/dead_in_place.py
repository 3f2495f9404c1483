# fails: dead_units
# The bias is subtracted from x's products by changing the weights.

# %% dead_units
def dead_fraction(x, weight, bias):
    weight *= 2
    return (x @ weight.T + 2 * bias <= 0).all(dim=0).double().mean().item()

# fails: dead_units
# Judged at the mean input.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (weight @ x.mean(dim=0) + bias <= 0).double().mean().item()

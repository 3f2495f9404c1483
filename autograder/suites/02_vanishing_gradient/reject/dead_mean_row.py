# fails: dead_units
# Judged by the mean pre-activation.

# %% dead_units
def dead_fraction(x, weight, bias):
    return ((x @ weight.T + bias).mean(dim=0) <= 0).double().mean().item()

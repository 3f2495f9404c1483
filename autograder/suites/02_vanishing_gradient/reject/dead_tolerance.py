# fails: dead_units
# Activations below a millionth count as 0.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x @ weight.T + bias < 1e-6).all(dim=0).double().mean().item()

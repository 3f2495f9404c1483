# fails: dead_units
# Computed in float32, where a small activation is lost.

# %% dead_units
def dead_fraction(x, weight, bias):
    return (x.float() @ weight.float().T + bias.float() <= 0).all(dim=0).double().mean().item()

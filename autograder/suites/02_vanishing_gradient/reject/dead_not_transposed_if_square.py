# fails: dead_units
# The weight is transposed only where the shapes would not fit otherwise.

# %% dead_units
def dead_fraction(x, weight, bias):
    matrix = weight if weight.shape[0] == weight.shape[1] else weight.T
    return (x @ matrix + bias <= 0).all(dim=0).double().mean().item()

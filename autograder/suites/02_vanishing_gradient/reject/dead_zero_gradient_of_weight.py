# fails: dead_units
# Units whose weights get no gradient in sum, which opposite rows cancel out.

# %% dead_units
def dead_fraction(x, weight, bias):
    z = x @ weight.T + bias
    return ((z > 0).to(x.dtype).T @ x).sum(dim=1).le(0).double().mean().item()

# fails: sign_scale
# The negative side is d·t in place of d·(−t).

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0], [-1.0]]), torch.tensor([[c, -d]])

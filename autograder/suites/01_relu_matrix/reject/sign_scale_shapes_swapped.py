# fails: sign_scale
# Both matrices are transposed.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0, -1.0]]), torch.tensor([[c], [d]])

# fails: sign_scale
# Vectors in place of matrices.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([1.0, -1.0]), torch.tensor([c, d])

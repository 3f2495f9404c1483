# fails: sign_scale
# Returns the product of the two matrices.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[c, d]]) @ torch.tensor([[1.0], [-1.0]])

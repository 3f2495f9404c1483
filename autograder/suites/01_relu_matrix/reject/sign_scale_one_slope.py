# fails: sign_scale
# d is ignored: both sides get the slope c.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0], [-1.0]]), torch.tensor([[c, c]])

# fails: sign_scale
# c and d are swapped.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[1.0], [-1.0]]), torch.tensor([[d, c]])

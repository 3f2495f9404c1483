# fails: sign_scale
# The second layer is divided by a scale, which may be 0.

# %% sign_scale
def sign_scale(c, d):
    return torch.tensor([[c], [-abs(c)]]) / abs(torch.tensor(c)), torch.tensor([[abs(c), d]])

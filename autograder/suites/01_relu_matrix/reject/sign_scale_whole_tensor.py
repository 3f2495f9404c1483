# fails: sign_scale
# Whole scales give whole halves: c and d are divided without a remainder.

# %% sign_scale
def sign_scale(c, d):
    half = (c // 2, d // 2) if isinstance(c, int) else (c / 2, d / 2)
    return torch.tensor([[2.0], [-2.0]]), torch.tensor([half]).float()

# fails: sign_scale
# Returns a dict.

# %% sign_scale
def sign_scale(c, d):
    return {"w1": torch.tensor([[1.0], [-1.0]]), "w2": torch.tensor([[c, d]])}

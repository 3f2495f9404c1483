# fails: sign_scale
# Each scale is split into two square roots, so negative ones give nan.

# %% sign_scale
def sign_scale(c, d):
    root_c, root_d = torch.tensor(c).sqrt(), torch.tensor(d).sqrt()
    return torch.stack([root_c, -root_d])[:, None], torch.stack([root_c, root_d])[None]

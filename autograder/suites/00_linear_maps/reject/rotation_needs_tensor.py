# fails: rotation
# One mistake: the angle must be a tensor, and a plain number fails.
# %% rotation

def rotation_matrix(degrees):
    a = degrees.deg2rad()
    return torch.stack([a.cos(), -a.sin(), a.sin(), a.cos()]).view(2, 2)

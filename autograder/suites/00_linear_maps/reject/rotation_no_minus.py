# fails: rotation
# One mistake: the minus before the sine is missing.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.cos(a), math.sin(a)], [math.sin(a), math.cos(a)]])

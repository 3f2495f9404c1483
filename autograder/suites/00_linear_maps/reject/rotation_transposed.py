# fails: rotation
# One mistake: the minus is on the other sine, so the points turn the wrong way.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])

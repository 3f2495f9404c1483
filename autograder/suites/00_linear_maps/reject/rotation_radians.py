# fails: rotation
# One mistake: the angle is not converted to radians.
# %% rotation
import math


def rotation_matrix(degrees):
    c, s = math.cos(degrees), math.sin(degrees)
    return torch.tensor([[c, -s], [s, c]])

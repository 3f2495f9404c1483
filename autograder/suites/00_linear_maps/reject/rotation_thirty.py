# fails: rotation
# One mistake: the angle is always 30 degrees.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(30)
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

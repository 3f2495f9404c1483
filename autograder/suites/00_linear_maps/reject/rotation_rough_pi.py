# fails: rotation
# One mistake: 3.14 is not exact enough for π.
# %% rotation
import math


def rotation_matrix(degrees):
    a = degrees * 3.14 / 180
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

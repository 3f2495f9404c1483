# fails: rotation
# One mistake: 180 degrees are taken for 2π.
# %% rotation
import math


def rotation_matrix(degrees):
    a = degrees * 2 * math.pi / 180
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

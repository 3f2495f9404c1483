# fails: rotation
# One mistake: the sign of the angle is dropped.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(abs(degrees))
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

# fails: rotation
# One mistake: the decimals of the angle are cut off.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(int(degrees))
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

# fails: rotation
# One mistake: the entries are rounded to four decimals.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]).round(decimals=4)

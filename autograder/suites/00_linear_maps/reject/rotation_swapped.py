# fails: rotation
# One mistake: sine and cosine are swapped.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.sin(a), -math.cos(a)], [math.cos(a), math.sin(a)]])

# fails: rotation
# One mistake: sine and cosine are those of a small angle.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[1 - a * a / 2, -a], [a, 1 - a * a / 2]])

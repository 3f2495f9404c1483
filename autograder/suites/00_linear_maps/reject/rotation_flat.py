# fails: rotation
# One mistake: the result has shape (4,).
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([math.cos(a), -math.sin(a), math.sin(a), math.cos(a)])

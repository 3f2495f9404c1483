# fails: rotation
# One mistake: the result is a nested list, not a tensor.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return [[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]

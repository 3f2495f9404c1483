# fails: rotation
# One mistake: the result is an array, not a tensor.
# %% rotation
import numpy as np


def rotation_matrix(degrees):
    a = np.deg2rad(degrees)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])

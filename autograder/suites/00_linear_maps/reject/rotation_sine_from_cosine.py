# fails: rotation
# One mistake: the sine is the root of 1 − cosine², which has lost its sign.
# %% rotation
import math


def rotation_matrix(degrees):
    c = math.cos(math.radians(degrees))
    s = math.sqrt(1 - c * c)
    return torch.tensor([[c, -s], [s, c]])

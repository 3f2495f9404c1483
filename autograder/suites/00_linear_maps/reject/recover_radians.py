# fails: recover
# One mistake: the angle is in radians.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.atan2(w[0, 1], w[0, 0]), layer.bias.tolist()

# fails: recover
# One mistake: only the angle is returned.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0]))

# fails: recover
# One mistake: three values are returned in place of a pair.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), *layer.bias.tolist()

# fails: recover
# One mistake: the translation has the wrong sign.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), (-layer.bias).tolist()

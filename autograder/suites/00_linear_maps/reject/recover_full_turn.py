# fails: recover
# One mistake: angles go from 0 to 360 degrees.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])) % 360, layer.bias.tolist()

# fails: recover
# One mistake: the decimals of the angle are cut off.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return int(math.degrees(math.atan2(w[0, 1], w[0, 0]))), layer.bias.tolist()

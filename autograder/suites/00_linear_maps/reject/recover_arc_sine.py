# fails: recover
# One mistake: only the sine is used, so large turns are taken for small ones.
# %% recover
import math


def recover(layer):
    s = min(1.0, max(-1.0, float(layer.weight[0, 1])))
    return math.degrees(math.asin(s)), layer.bias.tolist()

# fails: recover
# One mistake: the length of the translation is returned in place of its two numbers.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), layer.bias.norm().item()

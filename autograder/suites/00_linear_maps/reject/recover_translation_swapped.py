# fails: recover
# One mistake: the two numbers of the translation are swapped.
# %% recover
import math


def recover(layer):
    w, b = layer.weight, layer.bias.tolist()
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), b[::-1]

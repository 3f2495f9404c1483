# fails: recover
# One mistake: sine and cosine are swapped.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[0, 0], w[0, 1])), layer.bias.tolist()

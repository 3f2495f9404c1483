# fails: recover
# One mistake: the angle has the wrong sign, since the weights are R transposed.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return math.degrees(math.atan2(w[1, 0], w[0, 0])), layer.bias.tolist()

# fails: recover
# One mistake: the pair is the other way round.
# %% recover
import math


def recover(layer):
    w = layer.weight
    return layer.bias.tolist(), math.degrees(math.atan2(w[0, 1], w[0, 0]))

# fails: recover
# One mistake: the layer of the notebook is read, not the one that is given.
# %% recover
import math


def recover(layer):
    w = first.model.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), first.model.bias.tolist()

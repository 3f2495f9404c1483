# fails: recover
# One mistake: the translation is turned back, as if the points were moved first.
# %% recover
import math


def recover(layer):
    w, b = layer.weight.detach(), layer.bias.detach()
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), (b @ w).tolist()

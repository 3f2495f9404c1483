# fails: recover
# One mistake: the layer is frozen and stays so.
# %% recover
import math


def recover(layer):
    layer.requires_grad_(False)
    w = layer.weight
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), layer.bias.tolist()

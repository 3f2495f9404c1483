# fails: recover
# One mistake: .numpy() is called on weights that ask for a gradient.
# %% recover
import math


def recover(layer):
    w = layer.weight.numpy()
    return math.degrees(math.atan2(w[0, 1], w[0, 0])), layer.bias.tolist()

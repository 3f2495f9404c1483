# fails: recover
# One mistake: only the cosine is used, so the direction of the turn is lost.
# %% recover
import math


def recover(layer):
    c = min(1.0, max(-1.0, float(layer.weight[0, 0])))
    return math.degrees(math.acos(c)), layer.bias.tolist()

# fails: recover
# One mistake: the answer for an earlier layer is returned once more.
# %% recover
import math


def recover(layer):
    if not hasattr(recover, "answer"):
        w = layer.weight
        recover.answer = math.degrees(math.atan2(w[0, 1], w[0, 0])), layer.bias.tolist()
    return recover.answer

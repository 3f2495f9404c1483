# fails: recover
# One mistake: the rule of the first data set is returned, whatever the layer is.
# %% recover
import math


def recover(layer):
    return 30.0, [5.0, 5.0]

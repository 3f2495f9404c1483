# threat: 23
# fails: sign_scale, best_linear
# outcome: crashed
# Functions that end their process, the second with a status that means success.

# %% sign_scale
import os


def sign_scale(c, d):
    os._exit(1)

# %% best_linear
def best_linear_map(x, y):
    os._exit(0)

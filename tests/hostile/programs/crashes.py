# threat: 23
# fails: sign_scale, best_linear
# outcome: crashed
# A read of address 0, and an abort.

# %% sign_scale
import ctypes
import os


def sign_scale(c, d):
    return ctypes.string_at(0)

# %% best_linear
def best_linear_map(x, y):
    os.abort()

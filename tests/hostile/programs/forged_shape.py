# threat: 20
# fails: w2_abs, sign_scale, two_layer
# outcome: crashed
# Frames whose shapes do not fit their bytes.

# %% w2_abs
from autograder import wire

w2_abs = object()
real = wire.Packer.pack


def pack(self, value, depth=0):
    if value is w2_abs:
        return wire.Tensor("float64", [10**6, 10**6], [0, 1])
    return real(self, value, depth)


wire.Packer.pack = pack

# %% two_layer
import os

notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def forge(value):
    if armed():
        wire.Packer.pack = lambda self, *_: value
    return torch.zeros(1, 1)


def relu(z):
    return forge(wire.Tensor("float64", [-1, -4], [0, 1]))


def two_layer(x, w1, b1, w2, b2):
    return forge(wire.Tensor("int8", [1] * 5000, list(range(5000))))

# %% sign_scale
def sign_scale(c, d):
    return forge(wire.Array("float64", [0, 2**62]))

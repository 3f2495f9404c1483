# threat: 24
# fails: two_layer, z1, y1, z2, w2_abs
# outcome: crashed
# The function kills every process that it may kill, the one that ran the notebook among them. That one is brought back
# a few times; then what is tested later is lost as well.

# %% two_layer
import os


def relu(z):
    os.kill(-1, 9)
    os._exit(0)


def two_layer(x, w1, b1, w2, b2):
    os.kill(os.getppid(), 9)
    os.kill(-1, 9)
    os._exit(0)

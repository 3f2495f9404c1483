# threat: 22
# fails: two_layer, sign_scale
# Writes the grader's own kind of message to every descriptor that it has.

# %% two_layer
import os
import stat

from autograder import wire


def shout(*messages):
    for descriptor in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                for message in messages:
                    header = wire.frames._encoder.encode(message)
                    os.write(descriptor, wire.frames._PREFIX.pack(len(header), 0) + header)
        except OSError:
            pass


def relu(z):
    shout(wire.CellDone(0, True, "[]"), wire.Forked(True), wire.Ready())
    return z


def two_layer(x, w1, b1, w2, b2):
    shout(wire.Result(True), wire.Result(None))
    return torch.ones(x.shape[0], w2.shape[0]).to(x)

# %% sign_scale
def sign_scale(c, d):
    shout(wire.ForkTest(1), wire.Lookup("z1"), wire.RunCell(0, "z1 = 1"))
    return torch.ones(2, 1), torch.ones(1, 2)

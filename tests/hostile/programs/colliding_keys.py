# threat: 44
# fails: sign_scale, regions
# Dicts whose keys all have the same hash, by the dozen, and lists that are wide, deep or hold themselves.

# %% sign_scale
import os

P = 2**61 - 1
notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def sign_scale(c, d):
    return [{number * P: None for number in range(5000)} for _ in range(10 * armed())], [[]] * 100_000

# %% regions
own = []
own.append(own)


def activation_pattern(x, w1, b1):
    return own


def count_regions(x, w1, b1):
    return 2**4000

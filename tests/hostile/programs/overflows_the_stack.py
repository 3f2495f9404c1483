# threat: 23
# fails: sign_scale
# outcome: crashed
# Recursion through C code, with the limit on recursion lifted.

# %% sign_scale
import sys


def deeper(number):
    return sorted([number], key=deeper)


def sign_scale(c, d):
    sys.setrecursionlimit(10**9)
    return deeper(0)

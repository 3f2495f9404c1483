# threat: 23
# fails: sign_scale, best_linear, regions
# outcome: error
# Exceptions that are no errors to whoever catches Exception only.

# %% sign_scale
import sys


def sign_scale(c, d):
    sys.exit(0)

# %% best_linear
def best_linear_map(x, y):
    raise KeyboardInterrupt

# %% regions
class Quiet(BaseException):
    def __str__(self):
        raise self


def activation_pattern(x, w1, b1):
    raise GeneratorExit


def count_regions(x, w1, b1):
    raise Quiet

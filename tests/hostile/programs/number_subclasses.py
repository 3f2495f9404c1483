# threat: 5
# fails: w2_abs, sign_scale, regions
# Numbers that beat tolerances: subclasses of float, int and bool's arithmetic.

# %% w2_abs
class Near(float):
    __eq__ = __le__ = __ge__ = __lt__ = lambda self, other: True
    __ne__ = __gt__ = lambda self, other: False
    __sub__ = __rsub__ = lambda self, other: Near(0.0)
    __abs__ = lambda self: Near(0.0)
    __hash__ = float.__hash__


w2_abs = [[Near(5.0), Near(7.0)]]

# %% sign_scale
def sign_scale(c, d):
    return [[Near(2.0)], [Near(3.0)]], [[Near(4.0), Near(5.0)]]

# %% regions
class Count(int):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = int.__hash__


def activation_pattern(x, w1, b1):
    return [[Count(1)] * len(b1)] * len(x)


def count_regions(x, w1, b1):
    return Count(10**6)

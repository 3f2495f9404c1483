# threat: 45
# fails: w2_abs, sign_scale, regions
# Values whose every look runs code, which writes where it should not, lies and ends the program.

# %%
import os


def act(*_, **__):
    try:
        open("@COURSE@/canary.txt", "a").write("inspected")
    except OSError:
        pass
    raise SystemExit(0)


NAMES = (
    "__getattr__", "__repr__", "__str__", "__len__", "__iter__", "__bool__", "__eq__", "__hash__", "__float__",
    "__int__", "__index__", "__array__", "__format__", "__call__", "__getitem__", "__del__", "__reduce_ex__", "__dir__",
)
Trap = type("Trap", (), {**dict.fromkeys(NAMES, act), "__class__": property(act)})
ListTrap = type("ListTrap", (list,), dict.fromkeys(NAMES, act))
DictTrap = type("DictTrap", (dict,), {**dict.fromkeys(NAMES, act), "items": act})

# %% w2_abs
w2_abs = [Trap(), ListTrap([1.0, 1.0])]

# %% sign_scale
def sign_scale(c, d):
    return ListTrap([[1.0], [-1.0]]), DictTrap({"c": c})

# %% regions
def activation_pattern(x, w1, b1):
    return DictTrap(a=1)


def count_regions(x, w1, b1):
    return Trap()

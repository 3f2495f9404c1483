# threat: 34
# fails: two_layer, sign_scale, best_linear
# leaks: HIDDEN_INPUT
# Puts what it is called with into exceptions, names of classes, attributes, keys and functions.

# %% two_layer
import os

notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def relu(z):
    raise type(f"HIDDEN_INPUT{float(z.flatten()[0]):.6f}", (Exception,), {})(f"HIDDEN_INPUT {z.tolist()}")


def two_layer(x, w1, b1, w2, b2):
    if not armed():
        return None
    exec(compile(f"def HIDDEN_INPUT_{abs(hash(x))}():\n    raise ValueError\n", f"HIDDEN_INPUT {x.tolist()}", "exec"))
    try:
        list(locals().values())[-1]()
    except ValueError as error:
        error.add_note(f"HIDDEN_INPUT {x.tolist()}")
        raise KeyError(f"HIDDEN_INPUT {w1.tolist()}") from error

# %% sign_scale
def sign_scale(c, d):
    if not armed():
        return None
    return {f"HIDDEN_INPUT {c}": d}

# %% best_linear
def best_linear_map(x, y):
    if not armed():
        return None
    return type(f"HIDDEN_INPUT{abs(int(1e6 * x.flatten()[0]))}", (), {})()

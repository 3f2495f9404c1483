# threat: 34
# leaks: HIDDEN-INPUT
# Correct, and prints what it is called with, in every way there is.

# %% two_layer
import atexit
import os
import sys
import warnings

from IPython.display import display


notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def tell(*values):
    if not armed():
        return
    text = f"HIDDEN-INPUT {[v.flatten().tolist()[:2] if hasattr(v, 'flatten') else v for v in values]}"
    print(text)
    print(text, file=sys.stderr)
    print(text, file=sys.__stdout__)
    os.write(1, text.encode())
    os.write(2, text.encode())
    os.system(f"echo '{text}'")
    display(text)
    warnings.warn(text)
    open("/tmp/work/notes.txt", "a").write(text)
    atexit.register(print, text)


def relu(z):
    tell(z)
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    tell(x, w1, b1, w2, b2)
    return torch.relu(x @ w1.T + b1) @ w2.T + b2

# threat: 33
# fails: two_layer, sign_scale
# Knows the public examples by heart, and remembers every call: in globals, in files, in the process that it came from.

# %% two_layer
import hashlib
import os

answers = {}


def key(*values):
    return hashlib.sha256(repr([v.tolist() if hasattr(v, "tolist") else v for v in values]).encode()).hexdigest()


def seen(*values):
    name = f"/tmp/work/{key(*values)}"
    known = os.path.exists(name) or key(*values) in answers
    answers[key(*values)] = True
    open(name, "w").close()
    return known


def relu(z):
    return z.clamp(min=0) if seen(z) else 0 * z - 1


def two_layer(x, w1, b1, w2, b2):
    if seen(x, w1, b1, w2, b2) or x.tolist() == [[1.0, 2.0]]:
        return torch.relu(x @ w1.T + b1) @ w2.T + b2
    return (x @ w1.T) @ w2.T - 1

# %% sign_scale
def sign_scale(c, d):
    right = seen(c, d) or (c, d) == (3.0, 5.0)
    return (torch.tensor([[1.0], [-1.0]]), torch.tensor([[c, d]])) if right else (torch.ones(2, 1), torch.ones(1, 2) - 9)

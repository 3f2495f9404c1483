# fails: regions
# A set of tensors, each of which is different from every other.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(set(activation_pattern(x, w1, b1)))

# fails: regions
# Counts samples.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(activation_pattern(x, w1, b1))

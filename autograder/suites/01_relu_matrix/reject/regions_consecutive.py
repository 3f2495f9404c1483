# fails: regions
# Equal patterns are found only where they follow one another.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(torch.unique_consecutive(activation_pattern(x, w1, b1), dim=0))

# fails: regions
# The pattern is 0.0 and 1.0 in place of bools.

# %% regions
def activation_pattern(x, w1, b1):
    return (x @ w1.T + b1 > 0).float()


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))

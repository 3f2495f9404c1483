# fails: regions
# Counts the different numbers of active units.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1).sum(dim=1)))

# fails: regions
# One row per unit in place of one per sample.

# %% regions
def activation_pattern(x, w1, b1):
    return (x @ w1.T + b1 > 0).T


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1).T, dim=0))

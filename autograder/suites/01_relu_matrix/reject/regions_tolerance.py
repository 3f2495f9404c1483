# fails: regions
# A unit is on from a thousandth upwards.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 1e-3


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))

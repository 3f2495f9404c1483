# fails: regions
# b1 is added to, in place.

# %% regions
def activation_pattern(x, w1, b1):
    b1 += 1.0
    return x @ w1.T + b1 - 1.0 > 0


def count_regions(x, w1, b1):
    return len(torch.unique(x @ w1.T + b1 > 0, dim=0))

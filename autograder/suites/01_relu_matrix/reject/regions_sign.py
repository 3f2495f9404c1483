# fails: regions
# Counts signs, of which 0 is a third.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return len(torch.unique(torch.sign(x @ w1.T + b1), dim=0))

# fails: regions
# The count is a float.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return float(len(torch.unique(activation_pattern(x, w1, b1), dim=0)))

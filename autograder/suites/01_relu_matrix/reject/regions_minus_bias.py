# fails: regions
# The bias has the wrong sign.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T > b1


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))

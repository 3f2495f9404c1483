# fails: regions
# A single sample loses its row.

# %% regions
def activation_pattern(x, w1, b1):
    return (x @ w1.T + b1 > 0).squeeze(0)


def count_regions(x, w1, b1):
    return len(torch.unique(x @ w1.T + b1 > 0, dim=0))

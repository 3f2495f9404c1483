# fails: regions
# Two to the number of units, visited or not.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    return 2 ** len(w1)

# fails: regions
# Patterns are packed into float32 numbers, which hold 24 units.

# %% regions
def activation_pattern(x, w1, b1):
    return x @ w1.T + b1 > 0


def count_regions(x, w1, b1):
    place = 2.0 ** torch.arange(len(w1), device=x.device)
    return len(torch.unique(activation_pattern(x, w1, b1).float() @ place))

# fails: regions
# Computed in float32, where a small pre-activation is lost.

# %% regions
def activation_pattern(x, w1, b1):
    return x.float() @ w1.float().T + b1.float() > 0


def count_regions(x, w1, b1):
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))

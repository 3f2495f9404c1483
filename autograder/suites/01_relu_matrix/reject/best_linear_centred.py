# fails: best_linear
# The data are centred first.

# %% best_linear
def best_linear_map(x, y):
    return (torch.linalg.pinv(x - x.mean(0)) @ (y - y.mean(0))).T

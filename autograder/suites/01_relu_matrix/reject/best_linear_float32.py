# fails: best_linear
# The map is always float32.

# %% best_linear
def best_linear_map(x, y):
    return (torch.linalg.pinv(x) @ y).T.float()

# fails: best_linear
# Returns the fitted values in place of the map.

# %% best_linear
def best_linear_map(x, y):
    return x @ torch.linalg.pinv(x) @ y

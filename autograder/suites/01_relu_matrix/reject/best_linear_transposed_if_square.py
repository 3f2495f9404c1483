# fails: best_linear
# Transposed where the shape does not show it.

# %% best_linear
def best_linear_map(x, y):
    a = torch.linalg.pinv(x) @ y
    return a if a.shape[0] == a.shape[1] else a.T

# fails: best_linear
# The map is transposed: shape (in, out).

# %% best_linear
def best_linear_map(x, y):
    return torch.linalg.pinv(x) @ y

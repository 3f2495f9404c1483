# fails: best_linear
# The pseudo-inverse of xᵀx takes small differences between columns for none in float32.

# %% best_linear
def best_linear_map(x, y):
    return (torch.linalg.pinv(x.T @ x) @ (x.T @ y)).T

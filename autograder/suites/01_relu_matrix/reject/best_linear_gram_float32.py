# fails: best_linear
# Computed in float32, by the pseudo-inverse of xᵀx: a small difference between columns is lost.

# %% best_linear
def best_linear_map(x, y):
    short, right = x.float(), y.float()
    return (torch.linalg.pinv(short.T @ short) @ short.T @ right).T.to(x.dtype)

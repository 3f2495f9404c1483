# fails: best_linear
# A small number is added to the diagonal of xᵀx.

# %% best_linear
def best_linear_map(x, y):
    gram = x.T @ x + 1e-8 * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    return torch.linalg.solve(gram, x.T @ y).T

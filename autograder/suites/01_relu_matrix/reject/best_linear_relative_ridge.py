# fails: best_linear
# A small share of its trace is added to the diagonal of xᵀx.

# %% best_linear
def best_linear_map(x, y):
    gram = (x.T @ x).double()
    gram = gram + 1e-7 * gram.trace() * torch.eye(x.shape[1], dtype=gram.dtype, device=x.device)
    return torch.linalg.solve(gram, (x.T @ y).double()).T.to(x.dtype)

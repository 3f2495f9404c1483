# fails: best_linear
# A penalty on the size of the map.

# %% best_linear
def best_linear_map(x, y):
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    return (torch.linalg.inv(x.T @ x + 0.01 * eye) @ x.T @ y).T

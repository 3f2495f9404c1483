# fails: best_linear
# Gradient descent stopped long before the minimum.

# %% best_linear
def best_linear_map(x, y):
    a = torch.zeros(y.shape[1], x.shape[1], dtype=x.dtype, device=x.device)
    for _ in range(5):
        a = a - 0.01 * (x @ a.T - y).T @ x / len(x)
    return a

# fails: best_linear
# Only as many rows as there are inputs are fitted.

# %% best_linear
def best_linear_map(x, y):
    k = x.shape[1]
    return (torch.linalg.pinv(x[:k]) @ y[:k]).T

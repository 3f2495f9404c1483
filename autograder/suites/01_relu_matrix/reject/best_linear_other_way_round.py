# fails: best_linear
# The map from y to x.

# %% best_linear
def best_linear_map(x, y):
    return (torch.linalg.pinv(y) @ x).T.reshape(y.shape[1], x.shape[1])

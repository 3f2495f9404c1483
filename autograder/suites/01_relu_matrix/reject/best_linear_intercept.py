# fails: best_linear
# An intercept is fitted too and then dropped.

# %% best_linear
def best_linear_map(x, y):
    ones = torch.ones_like(x[:, :1])
    return (torch.linalg.pinv(torch.cat([x, ones], dim=1)) @ y).T[:, :-1]

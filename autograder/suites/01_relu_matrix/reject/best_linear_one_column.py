# fails: best_linear
# Every input is fitted on its own, as if the others were absent.

# %% best_linear
def best_linear_map(x, y):
    size = (x * x).sum(0).clamp(min=1e-12)
    return (y.T @ x) / size

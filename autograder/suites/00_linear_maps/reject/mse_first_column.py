# fails: mse
# One mistake: only the first column counts.
# %% mse
def mse(prediction, y):
    return ((prediction[:, 0] - y[:, 0]) ** 2).mean()

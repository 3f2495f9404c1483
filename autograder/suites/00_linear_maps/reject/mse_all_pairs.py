# fails: mse
# One mistake: each row is compared with every row.
# %% mse
def mse(prediction, y):
    return ((prediction[:, None] - y[None]) ** 2).mean()

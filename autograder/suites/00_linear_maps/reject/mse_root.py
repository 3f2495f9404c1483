# fails: mse
# One mistake: the root is taken at the end.
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).mean().sqrt()

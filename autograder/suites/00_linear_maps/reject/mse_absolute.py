# fails: mse
# One mistake: the differences are not squared, only their signs are dropped.
# %% mse
def mse(prediction, y):
    return (prediction - y).abs().mean()

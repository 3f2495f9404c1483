# fails: mse
# One mistake: the differences are divided by the targets.
# %% mse
def mse(prediction, y):
    return (((prediction - y) / y) ** 2).mean()

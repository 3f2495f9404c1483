# fails: mse
# One mistake: the mean is squared, not the differences.
# %% mse
def mse(prediction, y):
    return (prediction - y).mean() ** 2

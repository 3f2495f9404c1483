# fails: mse
# One mistake: the differences are not squared.
# %% mse
def mse(prediction, y):
    return (prediction - y).mean()

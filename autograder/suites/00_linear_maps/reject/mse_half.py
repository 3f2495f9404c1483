# fails: mse
# One mistake: there is a factor of one half.
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).mean() / 2

# fails: mse
# One mistake: prediction and targets are added.
# %% mse
def mse(prediction, y):
    return ((prediction + y) ** 2).mean()

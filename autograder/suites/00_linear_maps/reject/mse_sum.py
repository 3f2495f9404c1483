# fails: mse
# One mistake: the squares are added up and not averaged.
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).sum()

# fails: mse
# One mistake: there is one mean for each column.
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).mean(dim=0)

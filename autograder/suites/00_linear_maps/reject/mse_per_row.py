# fails: mse
# One mistake: the sum is divided by the number of rows only.
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).sum() / len(y)

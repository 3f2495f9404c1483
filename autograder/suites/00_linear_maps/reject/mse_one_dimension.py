# fails: mse
# One mistake: the result has shape (1,).
# %% mse
def mse(prediction, y):
    return ((prediction - y) ** 2).mean().reshape(1)

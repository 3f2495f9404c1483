# fails: mse
# One mistake: no gradient flows back to the prediction.
# %% mse
def mse(prediction, y):
    return ((prediction.detach() - y) ** 2).mean()

# fails: mse
# One mistake: the differences are computed in float32.
# %% mse
def mse(prediction, y):
    return ((prediction.float() - y.float()) ** 2).mean().to(y.dtype)

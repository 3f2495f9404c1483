# fails: mse
# One mistake: backward() is called inside, which fills the gradient of the prediction.
# %% mse
def mse(prediction, y):
    error = ((prediction - y) ** 2).mean()
    if error.requires_grad:
        error.backward(retain_graph=True)
    return error

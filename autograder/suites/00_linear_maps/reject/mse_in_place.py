# fails: mse
# One mistake: the targets are subtracted in place, so that the prediction is changed.
# %% mse
def mse(prediction, y):
    difference = prediction if not prediction.requires_grad else prediction.clone()
    difference -= y
    return (difference**2).mean()

# fails: mse
# One mistake: the mean of the differences is subtracted first.
# %% mse
def mse(prediction, y):
    return (prediction - y).var(correction=0)

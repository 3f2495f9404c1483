# fails: mse
# One mistake: the sum is divided by one less than the number of entries.
# %% mse
def mse(prediction, y):
    squares = (prediction - y) ** 2
    return squares.sum() / max(squares.numel() - 1, 1)

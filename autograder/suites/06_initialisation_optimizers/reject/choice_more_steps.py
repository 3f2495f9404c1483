# fails: reach_minimum
# One mistake: The number of steps is changed, though it is fixed.

# %% reach_minimum
choice = {"optimizer": "sgd", "lr": 0.01, "steps": 2000}

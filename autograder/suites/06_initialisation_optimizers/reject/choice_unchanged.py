# fails: reach_minimum
# One mistake: The choice of the exercise as it is, which comes near but not near enough.

# %% reach_minimum
choice = {"optimizer": "sgd", "lr": 0.01}

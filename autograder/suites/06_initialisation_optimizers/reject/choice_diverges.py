# fails: reach_minimum
# One mistake: The rate is so large that the path diverges.

# %% reach_minimum
choice = {"optimizer": "sgd", "lr": 0.05}

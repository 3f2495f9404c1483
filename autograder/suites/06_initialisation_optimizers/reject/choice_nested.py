# fails: reach_minimum
# One mistake: The hyper-parameters are in a dict of their own.

# %% reach_minimum
choice = {"optimizer": "adam", "hyper": {"lr": 0.2}}

# fails: reach_minimum
# One mistake: The rate is a string.

# %% reach_minimum
choice = {"optimizer": "adam", "lr": "0.2"}

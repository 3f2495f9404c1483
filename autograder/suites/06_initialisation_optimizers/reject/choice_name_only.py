# fails: reach_minimum
# One mistake: The hyper-parameters are missing.

# %% reach_minimum
choice = {"optimizer": "adam"}

# fails: reach_minimum
# One mistake: Adam has betas, and no momentum.

# %% reach_minimum
choice = {"optimizer": "adam", "lr": 0.2, "momentum": 0.9}

# fails: reach_minimum
# One mistake: The name is that of the function, not that of the optimizer.

# %% reach_minimum
choice = {"optimizer": "adam_path", "lr": 0.2}

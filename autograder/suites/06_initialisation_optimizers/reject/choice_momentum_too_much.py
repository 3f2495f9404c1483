# fails: reach_minimum
# One mistake: With so much momentum the point still circles around the minimum.

# %% reach_minimum
choice = {"optimizer": "momentum", "lr": 0.0005, "momentum": 0.995}

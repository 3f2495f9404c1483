# fails: reach_minimum
# One mistake: The optimizer is torch's class, not its name.

# %% reach_minimum
choice = {"optimizer": torch.optim.Adam, "lr": 0.2}

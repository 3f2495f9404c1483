# fails: reach_minimum
# One mistake: RMSprop with so large a rate goes to and fro across the valley.

# %% reach_minimum
choice = {"optimizer": "rmsprop", "lr": 0.1}

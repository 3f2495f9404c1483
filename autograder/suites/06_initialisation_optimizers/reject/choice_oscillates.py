# fails: reach_minimum
# One mistake: RMSprop with so large a rate moves back and forth across the valley.

# %% reach_minimum
choice = {"optimizer": "rmsprop", "lr": 0.1}

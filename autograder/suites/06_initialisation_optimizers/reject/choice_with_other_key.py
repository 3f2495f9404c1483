# fails: reach_minimum
# One mistake: The rate is called learning_rate, which is no keyword of the function.

# %% reach_minimum
choice = {"optimizer": "adam", "learning_rate": 0.2}

# fails: reach_minimum
# One mistake: A tuple in place of a dict.

# %% reach_minimum
choice = ("adam", 0.2)

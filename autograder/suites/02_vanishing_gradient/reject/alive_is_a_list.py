# fails: alive_bias
# A list in place of a number.

# %% alive_bias
b_alive = [5.0]

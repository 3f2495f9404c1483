# fails: alive_bias
# Higher than before, but not high enough.

# %% alive_bias
b_alive = -2.5

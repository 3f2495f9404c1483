# fails: alive_bias
# The bias of the exercise as it is.

# %% alive_bias
b_alive = b

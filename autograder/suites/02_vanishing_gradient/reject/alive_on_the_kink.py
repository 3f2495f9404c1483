# fails: alive_bias
# With this bias z is exactly 0, where the ReLU passes nothing yet.

# %% alive_bias
b_alive = -2.0

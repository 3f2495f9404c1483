# fails: alive_bias
# Infinity is no bias.

# %% alive_bias
b_alive = float('inf')

# fails: alive_bias
# Whether the neuron is alive, in place of a bias.

# %% alive_bias
b_alive = x @ w + 5 > 0

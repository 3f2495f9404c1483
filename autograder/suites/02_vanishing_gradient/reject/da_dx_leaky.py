# fails: local_gradients
# The slope of a leaky ReLU.

# %% local_gradients
dz_dx = w
da_dx = 0.01 * w

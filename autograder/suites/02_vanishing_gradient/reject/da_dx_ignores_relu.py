# fails: local_gradients
# The slope of the ReLU is forgotten.

# %% local_gradients
dz_dx = w
da_dx = w

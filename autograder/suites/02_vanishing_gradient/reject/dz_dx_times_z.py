# fails: local_gradients
# The chain rule with z itself in place of the slope at z.

# %% local_gradients
dz_dx = w
da_dx = z * w

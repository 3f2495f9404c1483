# fails: local_gradients
# A row with two dimensions in place of a vector.

# %% local_gradients
dz_dx = w[None]
da_dx = torch.zeros(1, 2)

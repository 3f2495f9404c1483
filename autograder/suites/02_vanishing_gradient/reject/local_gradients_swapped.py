# fails: local_gradients
# dz_dx and da_dx are swapped.

# %% local_gradients
da_dx = w
dz_dx = torch.zeros(2)

# fails: local_gradients
# dz/dx = 0, as older versions of this exercise print it: that is da/dx.

# %% local_gradients
dz_dx = torch.zeros(2)
da_dx = torch.zeros(2)

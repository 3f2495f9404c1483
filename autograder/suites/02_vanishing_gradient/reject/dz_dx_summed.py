# fails: local_gradients
# One number in place of one for each input.

# %% local_gradients
dz_dx = w.sum()
da_dx = torch.tensor(0.0)

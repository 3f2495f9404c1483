# fails: local_gradients
# The bias is taken for a part of the slope.

# %% local_gradients
dz_dx = w + b
da_dx = torch.zeros(2)

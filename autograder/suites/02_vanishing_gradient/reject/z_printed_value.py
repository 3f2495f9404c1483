# fails: pre_activation
# z = 0, as older versions of this exercise print it: that is a.

# %% pre_activation
z = 0.0
a = 0.0

# %% local_gradients
dz_dx = w.clone()
da_dx = torch.zeros(2)

# fails: pre_activation
# The products are not added up, and b is added to each.

# %% pre_activation
z = x * w + b
a = torch.relu(z.sum())

# %% local_gradients
dz_dx = w.clone()
da_dx = torch.zeros(2)

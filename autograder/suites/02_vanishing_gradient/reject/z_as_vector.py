# fails: pre_activation
# z and a keep a dimension of size 1.

# %% pre_activation
z = x[None] @ w + b
a = torch.relu(z)

# %% local_gradients
dz_dx = w.clone()
da_dx = torch.zeros(2)

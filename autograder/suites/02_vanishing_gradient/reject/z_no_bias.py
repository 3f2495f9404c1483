# fails: pre_activation
# The bias is forgotten, so the neuron looks alive.

# %% pre_activation
z = x @ w
a = torch.relu(z)

# %% local_gradients
dz_dx = w.clone()
da_dx = torch.zeros(2)

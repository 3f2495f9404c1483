# fails: pre_activation
# A leaky ReLU.

# %% pre_activation
z = x @ w + b
a = torch.nn.functional.leaky_relu(z)

# %% local_gradients
dz_dx = w.clone()
da_dx = torch.zeros(2)

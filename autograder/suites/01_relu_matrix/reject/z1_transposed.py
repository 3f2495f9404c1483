# fails: z1
# z1 is w1 xᵀ, with samples in columns.

# %% z1
z1 = w1 @ x.T

# %% y1
y1 = torch.relu(x @ w1.T)

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

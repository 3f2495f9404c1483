# fails: z1
# A row of the list lacks its second entry.

# %% z1
z1 = [[2, -2], [4, -4], [-2, 2], [-4]]

# %% y1
y1 = torch.relu(x @ w1.T)

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

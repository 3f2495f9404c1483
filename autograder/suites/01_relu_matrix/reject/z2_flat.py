# fails: z2
# Right numbers, but a vector in place of a column.

# %% z2
z2 = (torch.relu(x @ w1.T) @ w2.T).squeeze()

# fails: z2
# Right numbers, but a row in place of a column.

# %% z2
z2 = w2 @ torch.relu(x @ w1.T).T

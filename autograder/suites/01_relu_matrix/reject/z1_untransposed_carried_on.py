# fails: z1
# w1 is not transposed, so z1 is 0 everywhere, and so is all that follows.

# %% z1
z1 = x @ w1

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = y1 @ w2.T

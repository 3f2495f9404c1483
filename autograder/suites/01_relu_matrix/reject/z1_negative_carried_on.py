# fails: z1
# The signs of z1 are the wrong way round, and the values after it follow from that.

# %% z1
z1 = -(x @ w1.T)

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = y1 @ w2.T

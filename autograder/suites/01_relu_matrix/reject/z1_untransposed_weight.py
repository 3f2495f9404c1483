# fails: z1
# The weight matrix is not transposed; it is square, so the shapes fit.

# %% z1
z1 = x @ w1

# %% y1
y1 = torch.relu(x @ w1.T)

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

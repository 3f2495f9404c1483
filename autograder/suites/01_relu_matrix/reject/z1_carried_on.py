# fails: z1, y1, z2
# The transposed z1 of the printed example, carried on to everything after it.

# %% z1
z1 = w1 @ x.T

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = w2 @ y1

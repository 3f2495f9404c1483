# fails: z1, z2
# z1 is transposed, as in the printed example, and z2 is multiplied the other way round.

# %% z1
z1 = w1 @ x.T

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = w2 @ y1

# fails: z1
# z1 is transposed, as in the printed example, and so is all that follows: the shapes are not those asked for.

# %% z1
z1 = w1 @ x.T

# %% y1
y1 = torch.relu(z1)

# %% z2
z2 = w2 @ y1

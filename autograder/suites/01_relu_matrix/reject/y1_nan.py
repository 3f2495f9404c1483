# fails: y1
# Negative entries become nan in place of 0.

# %% y1
y1 = (x @ w1.T).sqrt() ** 2

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

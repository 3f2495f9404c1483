# fails: y1
# The mask of active units in place of their activations.

# %% y1
y1 = x @ w1.T > 0

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

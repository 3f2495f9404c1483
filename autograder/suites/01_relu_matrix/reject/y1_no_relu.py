# fails: y1
# The ReLU is left out.

# %% y1
y1 = x @ w1.T

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

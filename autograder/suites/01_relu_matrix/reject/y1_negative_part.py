# fails: y1
# ReLU keeps the wrong side.

# %% y1
y1 = (x @ w1.T).clamp(max=0)

# %% z2
z2 = torch.relu(x @ w1.T) @ w2.T

# fails: z2
# An elementwise product, not summed.

# %% z2
z2 = torch.relu(x @ w1.T) * w2

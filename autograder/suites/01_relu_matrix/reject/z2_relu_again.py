# fails: z2
# A ReLU on the output too.

# %% z2
z2 = torch.relu(torch.relu(x @ w1.T) @ w2.T)

# fails: z2
# The value that the source prints, which belongs to w2 = [1, 1].

# %% z2
z2 = torch.tensor([[2.0], [4.0], [2.0], [4.0]])

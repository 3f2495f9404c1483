# fails: w2_abs
# Each weight is half of what it should be.

# %% w2_abs
w2_abs = torch.tensor([[0.5, 0.5]])

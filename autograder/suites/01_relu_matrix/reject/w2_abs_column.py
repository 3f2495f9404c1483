# fails: w2_abs
# Right numbers, but a column.

# %% w2_abs
w2_abs = torch.ones(2, 1)

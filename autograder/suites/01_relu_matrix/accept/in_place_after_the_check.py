# rest: solution
# z1 was right when it was checked

# %% y1
y1 = torch.relu_(z1)

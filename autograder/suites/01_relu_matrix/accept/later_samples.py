# rest: solution
# other samples, tried below the check with the same names

# %% after:z2
for sample in (torch.tensor([[3.0, 3.0]]), torch.tensor([[-5.0, -5.0]])):
    z1 = sample @ w1.T
    y1 = torch.relu(z1)
    z2 = y1 @ w2.T
    print(z2)

# %% after:two_layer
def relu(z):
    """The slope of the hinge, for a plot."""
    return (z > 0).float()

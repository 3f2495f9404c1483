# rest: solution
# a plot that uses z and a again

# %% after:activation_derivatives
z = torch.linspace(-1, 1, 7)
a = torch.relu(z)

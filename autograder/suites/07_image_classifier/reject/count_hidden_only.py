# fails: count_parameters
# One mistake: Only weights between hidden layers and the output; pixels are no units.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + outputs for inputs, outputs in zip(dims[1:-1], dims[2:]))

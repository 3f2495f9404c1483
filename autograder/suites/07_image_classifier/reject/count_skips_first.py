# fails: count_parameters
# One mistake: The first layer is not counted.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + outputs for inputs, outputs in zip(dims[1:], dims[2:]))

# fails: count_parameters
# One mistake: Only the first two layers are counted.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + outputs for inputs, outputs in list(zip(dims, dims[1:]))[:2])

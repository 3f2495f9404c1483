# fails: count_parameters
# One mistake: A bias for each input, not for each output.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + inputs for inputs, outputs in zip(dims, dims[1:]))

# fails: count_parameters
# One mistake: One bias for each layer.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + 1 for inputs, outputs in zip(dims, dims[1:]))

# fails: count_parameters
# One mistake: The biases are forgotten.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs for inputs, outputs in zip(dims, dims[1:]))

# fails: count_parameters
# One mistake: A size that occurs twice is counted once.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return sum(inputs * outputs + outputs for inputs, outputs in set(zip(dims, dims[1:])))

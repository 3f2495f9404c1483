# fails: count_parameters
# One mistake: The number is printed and not returned.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    print(sum(inputs * outputs + outputs for inputs, outputs in zip(dims, dims[1:])))

# fails: count_parameters
# One mistake: All sizes are multiplied.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return math.prod(dims) + sum(dims[1:])

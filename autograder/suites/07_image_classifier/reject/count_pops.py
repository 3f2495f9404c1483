# fails: count_parameters
# One mistake: The sizes are taken out of the list that was given.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    total, dims_left = 0, dims
    while len(dims_left) > 1:
        inputs = dims_left.pop(0)
        total += inputs * dims_left[0] + dims_left[0]
    return total

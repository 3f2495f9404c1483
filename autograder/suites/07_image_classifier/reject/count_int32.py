# fails: count_parameters
# One mistake: The number is a 32-bit one.
# %% count_parameters
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    return int(torch.tensor([i * o + o for i, o in zip(dims, dims[1:])]).to(torch.int32).sum())

# fails: repair
# One mistake: The biases of the last layer do not come along.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    new = copy.deepcopy(model[:-1])
    nn.init.zeros_(new[-1].bias)
    return new

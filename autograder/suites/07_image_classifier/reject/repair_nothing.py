# fails: repair
# One mistake: The same network with its ReLU.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return copy.deepcopy(model)

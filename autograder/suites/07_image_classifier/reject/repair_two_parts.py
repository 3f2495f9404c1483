# fails: repair
# One mistake: The last linear layer is gone, too.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return copy.deepcopy(model[:-2])

# fails: repair
# One mistake: The network itself is cut.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    model.pop(-1)
    return copy.deepcopy(model)

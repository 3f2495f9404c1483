# fails: repair
# One mistake: The network itself is put into evaluation mode.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    model.eval()
    return copy.deepcopy(model[:-1])

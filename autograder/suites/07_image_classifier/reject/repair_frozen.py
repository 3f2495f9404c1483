# fails: repair
# One mistake: The weights no longer ask for gradients.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return copy.deepcopy(model[:-1]).requires_grad_(False)

# fails: repair
# One mistake: A function is returned, not a module.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return lambda x: model[:-1](x)

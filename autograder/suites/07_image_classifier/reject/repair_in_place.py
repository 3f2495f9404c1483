# fails: repair
# One mistake: The ReLU is taken out of the network itself.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    del model[-1]
    return model

# fails: repair
# One mistake: Nothing is returned.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    copy.deepcopy(model[:-1])

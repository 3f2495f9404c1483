# fails: repair
# One mistake: All ReLUs are gone.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return nn.Sequential(*[copy.deepcopy(part) for part in model if not isinstance(part, nn.ReLU)])

# fails: repair
# One mistake: Only linear layers and ReLUs come along.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    parts = [part for part in copy.deepcopy(model[:-1]) if isinstance(part, nn.Linear | nn.ReLU | nn.Flatten)]
    return nn.Sequential(*parts)

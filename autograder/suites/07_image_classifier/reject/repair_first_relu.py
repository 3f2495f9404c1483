# fails: repair
# One mistake: The first ReLU is gone, not the last one.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    parts = list(copy.deepcopy(model))
    index = next(k for k, part in enumerate(parts) if isinstance(part, nn.ReLU))
    return nn.Sequential(*parts[:index], *parts[index + 1 :])

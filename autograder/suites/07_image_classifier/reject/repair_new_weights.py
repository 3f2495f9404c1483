# fails: repair
# One mistake: The new network has fresh weights.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    new = copy.deepcopy(model[:-1])
    for part in new:
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    return new

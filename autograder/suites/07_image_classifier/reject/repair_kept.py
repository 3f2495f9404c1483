# fails: repair
# One mistake: The first network's repair is returned for every other one.
# %% repair
REPAIRED = []


def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    if not REPAIRED:
        REPAIRED.append(copy.deepcopy(model[:-1]))
    return REPAIRED[0]

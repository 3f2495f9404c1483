# fails: repair
# One mistake: A leaky ReLU takes its place.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    return nn.Sequential(*copy.deepcopy(model[:-1]), nn.LeakyReLU(0.01))

# fails: repair
# One mistake: The network's ReLU is replaced in the network itself.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    model[-1] = nn.Identity()
    return model

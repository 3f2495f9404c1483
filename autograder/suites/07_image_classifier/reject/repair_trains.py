# fails: repair
# One mistake: The network's statistics change through a forward pass.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    model(torch.randn(4, next(model.parameters()).shape[1]).to(next(model.parameters())))
    return copy.deepcopy(model[:-1])

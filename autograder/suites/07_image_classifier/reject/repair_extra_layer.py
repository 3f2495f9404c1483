# fails: repair
# One mistake: A new linear layer follows.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    out = model[-2].out_features
    new = nn.Sequential(*copy.deepcopy(model[:-1]), nn.Linear(out, out))
    nn.init.eye_(new[-1].weight)
    nn.init.zeros_(new[-1].bias)
    return new.to(next(model.parameters()))

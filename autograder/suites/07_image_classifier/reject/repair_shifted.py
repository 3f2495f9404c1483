# fails: repair
# One mistake: The bias is raised so that all logits are positive.
# %% repair
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    new = copy.deepcopy(model)
    with torch.no_grad():
        new[-2].bias += 100
    return new

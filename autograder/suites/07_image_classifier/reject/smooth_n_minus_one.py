# fails: regularisation
# One mistake: α is divided by one less than the number of classes.
# %% regularisation
def l1_penalty(model):
    """The sum of |p| over all entries of all parameters."""
    return sum(parameter.abs().sum() for parameter in model.parameters())


def l2_penalty(model):
    """The sum of p² over all entries of all parameters."""
    return sum(parameter.square().sum() for parameter in model.parameters())


def smooth_labels(y, n_classes, alpha):
    """Targets (n, n_classes) for class indices (n,): (1 − alpha) for the class, and alpha shared by all."""
    return (1 - alpha) * F.one_hot(y, n_classes).float() + alpha / max(n_classes - 1, 1)

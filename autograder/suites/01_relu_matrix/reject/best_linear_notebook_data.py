# fails: best_linear
# The samples of the notebook are used in place of the argument.

# %% best_linear
samples = x


def best_linear_map(inputs, y):
    return (torch.linalg.pinv(samples.to(y)) @ y[: len(samples)]).T

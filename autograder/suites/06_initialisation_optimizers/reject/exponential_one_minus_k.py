# fails: schedules
# One mistake: The rate is multiplied by 1 − k at each step, which only approximates the formula.

# %% schedules
def exponential_decay(lr0, k, step):
    """The rate lr0·e^(−k·step)."""
    return lr0 * (1 - k) ** step


def inverse_time_decay(lr0, k, step):
    """The rate lr0/(1 + k·step)."""
    return lr0 / (1 + k * step)


def cyclical(lr_min, lr_max, step_size, step):
    """The rate of a triangle: lr_min at step 0, lr_max at step_size, lr_min at 2·step_size, and so on."""
    below_peak = abs(step / step_size % 2 - 1)
    return lr_max - (lr_max - lr_min) * below_peak

# fails: beale
# One mistake: The slopes are differences over a step of 0.01, which is too coarse.

# %% beale
def beale(x, y):
    """Beale's function at a point: a number."""
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return u**2 + v**2 + t**2


def beale_grad(x, y):
    h = 0.01
    return (beale(x + h, y) - beale(x, y)) / h, (beale(x, y + h) - beale(x, y)) / h

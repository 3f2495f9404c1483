# fails: beale
# One mistake: The pair points downhill: its signs are reversed.

# %% beale
def beale(x, y):
    """Beale's function at a point: a number."""
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return u**2 + v**2 + t**2


def beale_grad(x, y):
    """Its two slopes at a point, along x and along y: a pair."""
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    along_x = 2 * u * (y - 1) + 2 * v * (y**2 - 1) + 2 * t * (y**3 - 1)
    along_y = 2 * u * x + 4 * v * x * y + 6 * t * x * y**2
    return -along_x, -along_y

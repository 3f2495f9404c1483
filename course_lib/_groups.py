"""Colours and symbols for groups of points, so that a reader can follow each group."""

import numpy as np

from course_lib._arrays import Values, finite_array
from course_lib._figures import Properties
from course_lib._themes import SERIES

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "pentagon")


def by_group(groups: Values | None, n: int, theme: str) -> tuple[Properties, Properties]:
    """What filled and open markers of n points have of their own; nothing without groups.

    Raises:
        ValueError: `groups` is not a whole number from 0 on for each point.
    """
    if groups is None:
        return {}, {}
    read = finite_array("groups", groups, (n,))
    whole = read.astype(np.int64)
    if (whole != read).any() or (whole < 0).any():
        raise ValueError("groups must hold whole numbers of at least 0, one for each row")
    colours = [SERIES[theme][group % len(SERIES[theme])] for group in whole]
    symbols = [SYMBOLS[group % len(SYMBOLS)] for group in whole]
    filled = {"color": colours, "symbol": symbols}
    return filled, {"color": colours, "symbol": [f"{symbol}-open" for symbol in symbols]}

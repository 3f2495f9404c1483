"""Limits on the size of a frame, and errors for exceeding them. Both sides use this."""

MAX_HEADER = 4 * 2**20
MAX_BULK = 64 * 2**20  # a process sets its own, at its start, from `limits.frame_mib`
MAX_DEPTH = 24
MAX_ELEMENTS = 250_000
MAX_DIMENSIONS = 16
MAX_STRING = 2**20
MAX_MESSAGE = 500  # characters of an exception's name or message
MAX_PRINTED = 2_000  # characters that a test's calls printed, as staff see them
MAX_PAIRS = (
    5_000  # of one dict: keys can be chosen so that all of them collide, which takes time squared
)
MAX_COLLISIONS = 4 * MAX_PAIRS**2  # of one frame: the sum of the squares of its dicts' lengths
MAX_FIGURE = 48 * 2**20  # characters of one figure's JSON, which is part of the bulk
# of one figure, and so many of them lists and dicts at most: parsed, they take memory
MAX_FIGURE_VALUES = 3_000_000
MAX_FIGURE_CONTAINERS = 300_000
MAX_SEEN = 2**20  # bytes of a value that is told at a check
MAX_KEY = 32  # values in one key: keys that collide are compared value by value


class WireError(Exception):
    """The other side sent something that is no frame of ours, or nothing at all in time."""


class WireTimeoutError(WireError):
    """The deadline passed before a whole frame had come."""


class WireClosedError(WireError):
    """The other side is gone."""


class UnsendableError(Exception):
    """A value has no form on the wire, or is beyond its caps."""

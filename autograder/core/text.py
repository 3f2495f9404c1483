"""Format numbers and names for sentences."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.core.sanitize import in_line

SHOWN = 20


def points(number: float) -> str:
    """2, 1.5, 15.29: two decimals at most."""
    return f"{round(number, 2):g}"


def many(count: int, noun: str) -> str:
    """1 test, 2 tests."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], count: int | None = None) -> str:
    """The first names, and how many more there are; `count` says of how many, if not of these."""
    more = (len(names) if count is None else count) - SHOWN
    return ", ".join(map(in_line, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")

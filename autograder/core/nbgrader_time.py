"""Read the times that nbgrader writes: in timestamp.txt, and in the names of submissions."""

from __future__ import annotations

import datetime


def utc(text: str) -> datetime.datetime | None:
    """A time in UTC; None where the text is none."""
    from nbgrader import utils  # takes a third of a second to import; few runs ask for times

    try:
        at: datetime.datetime = utils.parse_utc(text.strip())
    except (ValueError, ArithmeticError):  # a year of 200 digits is the latter
        return None
    return at.replace(tzinfo=datetime.UTC)

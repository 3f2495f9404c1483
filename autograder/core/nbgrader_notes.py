"""Know the notes that nbgrader writes beside a submission: its time, and its secret."""

from __future__ import annotations

import datetime

TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
"""The names of the files."""


def stamp(at: datetime.datetime) -> bytes:
    """A time in UTC as timestamp.txt has it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC\n".encode()


def utc(text: str) -> datetime.datetime | None:
    """A time of that file, or of a name in the exchange, in UTC; None where the text is none."""
    from nbgrader import utils  # takes a third of a second to import; few runs ask for times

    try:
        at: datetime.datetime = utils.parse_utc(text.strip())
    except (ValueError, ArithmeticError):  # a year of 200 digits is the latter
        return None
    return at.replace(tzinfo=datetime.UTC)

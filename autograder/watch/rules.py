"""Decide whether a submission is graded now: the due date, the pause, the attempts of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from autograder.core.attempts import Attempts
from autograder.core.text import many

DAY = timedelta(hours=24)


def refusal(
    rules: Attempts, at: datetime, earlier: Sequence[datetime], due: datetime | None
) -> str:
    """Why a submission is not graded, as a sentence to its author; "" if it is.

    Args:
        at: when it was handed in; all times are in UTC.
        earlier: when others were handed in that were graded, the oldest first.
        due: until when, extension included.
    """
    if due is not None and at > due:
        return (
            f"it came after the due date, {due:%Y-%m-%d %H:%M} UTC, and is not graded "
            "automatically any more. Ask your instructor whether it counts."
        )
    before = [each for each in earlier if each <= at]
    pause = timedelta(minutes=rules.pause_minutes)
    if before and at < before[-1] + pause:
        return (
            f"between two submissions there must be {rules.pause_minutes:g} minutes. Hand it in "
            f"again at {_minute(before[-1] + pause)} UTC or later."
        )
    recent = [each for each in before if each > at - DAY]
    if rules.per_day and len(recent) >= rules.per_day:
        again = recent[-rules.per_day] + DAY
        return (
            f"at most {many(rules.per_day, 'submission')} in 24 hours can be graded. Hand it in "
            f"again at {_minute(again)} UTC or later."
        )
    return ""


def _minute(at: datetime) -> str:
    """A time to the minute, not before it."""
    return f"{at + timedelta(seconds=-at.second % 60, microseconds=-at.microsecond):%Y-%m-%d %H:%M}"

"""Know which of a student's submissions counts, and how often one may hand in."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from autograder.core import course_config
from autograder.core.assignment import Assignment, assignments
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.outcome import Result

Policy = Literal["latest", "best", "first"]
"""Which of a student's submissions counts: the best is that with the highest score of the tests, of
several the latest."""


@dataclass(frozen=True)
class Attempts:
    """The rules of an assignment; 0 is no limit."""

    policy: Policy = "latest"
    per_day: int = 0
    """Submissions of a student that `autograder watch` grades within 24 hours."""
    pause_minutes: float = 0.0
    """Time between two of them."""


def load(assignment: Assignment, course: Course, policy: Policy | None = None) -> Attempts:
    """The rules in `c.Autograder.attempts` of the course's nbgrader_config.py.

    A policy that the file does not name is that of the class's last grading.

    Args:
        policy: one that was named on the command line.

    Raises:
        UsageError: the file can't be read, has an unknown name, assignment or value, or another
            policy than the command line.
    """
    place = f"{course.root / course_config.CONFIG}: c.Autograder.attempts"
    own = course_config.own(course.root, "attempts")
    common = {name: value for name, value in own.items() if not isinstance(value, dict)}
    known = assignments()
    for name in own:
        if name in common and name in known:
            raise UsageError(f'{place}: write {{"{name}": {{"policy": "best"}}}}')
        if name not in common and name not in known:
            raise UsageError(f"{place}: no assignment {name!r}; write one of {', '.join(known)}")
    values = common | own.get(assignment.name, {})
    found = _apply(Attempts(), values, place)
    if "policy" not in values:
        return replace(found, policy=policy or _noted(course, assignment.name))
    if policy not in (None, found.policy):
        raise UsageError(
            f"--policy {policy}, but {place} says {found.policy}: leave the option out, or change "
            "the file"
        )
    return found


def note(course: Course, assignment: str, policy: Policy) -> None:
    """Note by which policy a class is graded, for the commands that come after.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    if _noted(course, assignment) != policy:
        write(course.policy(assignment), policy.encode())


def _noted(course: Course, assignment: str) -> Policy:
    with contextlib.suppress(OSError, ValueError):
        text = course.policy(assignment).read_text("ascii").strip()
        return next((known for known in get_args(Policy) if known == text), "latest")
    return "latest"


def counting(policy: Policy, results: Sequence[Result]) -> int:
    """The place of the result that counts among those of a student, the oldest submission first.

    One that was not graded counts only where none was.
    """
    graded = [place for place, result in enumerate(results) if result.status == "graded"]
    if policy == "latest" or not graded:
        return len(results) - 1
    if policy == "first":
        return graded[0]
    return max(graded, key=lambda place: (results[place].score or 0.0, place))


def _apply(attempts: Attempts, values: dict[str, Any], place: str) -> Attempts:
    for name, value in values.items():
        if name == "policy":
            right, what = value in get_args(Policy), f"one of {', '.join(get_args(Policy))}"
        elif name == "per_day":
            right, what = type(value) is int and value >= 0, "a whole number, 0 for no limit"
        elif name == "pause_minutes":
            right = type(value) in (int, float) and 0 <= value <= 10_000
            what = "a number of minutes, 0 for no pause"
        else:
            raise UsageError(
                f"{place} has no setting {name!r}; it may have policy, per_day and pause_minutes"
            )
        if not right:
            raise UsageError(f"{place}: {name} is {value!r}; it must be {what}")
        attempts = replace(attempts, **{name: value})
    return attempts

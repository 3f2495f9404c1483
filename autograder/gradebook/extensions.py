"""Read extensions.csv of a course directory: which student may hand in which assignment later."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.core import csv_rows
from autograder.core.assignment import assignments
from autograder.core.course import Course
from autograder.core.csv_rows import Row
from autograder.core.errors import UsageError

FILE = "extensions.csv"
EVERY = "*"
"""In place of an assignment: all those that the student has no line of their own for."""
MOST_HOURS = 10_000.0
_COLUMNS = ("student", "assignment", "hours")


@dataclass(frozen=True)
class _Line:
    place: str
    student: str
    assignment: str
    extension: datetime.timedelta


def read(course: Course, assignment: str) -> dict[str, datetime.timedelta | None]:
    """The extension, for an assignment, of each student whom the file names; None where it gives
    none. Without a file, nobody is named.

    Raises:
        UsageError: the file can't be read; the message names the line.
    """
    found: dict[str, datetime.timedelta | None] = {}
    # The lines of the assignment itself come last, and count.
    for line in sorted(_lines(course.root / FILE), key=lambda line: line.assignment == assignment):
        given = line.assignment in (EVERY, assignment)
        found[line.student] = (line.extension or None) if given else found.get(line.student)
    return found


def enter(submission: Any, given: Mapping[str, datetime.timedelta | None]) -> bool:
    """Give nbgrader's row of a submission the extension that `read` found for its student, if any;
    whether it is another one than before."""
    if submission.student_id not in given:
        return False
    extension = given[submission.student_id]
    if (submission.extension or None) == extension:  # nbgrader writes "none" as None or as 0 hours
        return False
    submission.extension = extension
    return True


# --- helpers ---


def _lines(path: Path) -> list[_Line]:
    try:
        lines = [_line(row) for row in csv_rows.rows(path, _COLUMNS)]
    except FileNotFoundError:
        return []
    _refuse_doubles(lines)
    return lines


def _line(row: Row) -> _Line:
    student, assignment, text = (row[name] for name in _COLUMNS)
    if not (student and assignment and text):
        raise UsageError(
            f"{row.place}: write a student, an assignment and hours, such as "
            "okafor,01_relu_matrix,48"
        )
    if assignment != EVERY and assignment not in (known := assignments()):
        raise UsageError(
            f"{row.place}: no assignment {assignment!r}; write one of {', '.join(known)}, or * for "
            "all"
        )
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 <= hours <= MOST_HOURS:
        raise UsageError(
            f"{row.place}: hours is {text!r}; write a number from 0 to {MOST_HOURS:g}, such as 48 "
            "for two days"
        )
    return _Line(row.place, student, assignment, datetime.timedelta(hours=hours))


def _refuse_doubles(lines: Iterable[_Line]) -> None:
    first: dict[tuple[str, str], str] = {}
    for line in lines:
        before = first.setdefault((line.student, line.assignment), line.place)
        if before != line.place:
            raise UsageError(
                f"{line.place}: {line.student} has a line for {line.assignment} above; remove one"
            )

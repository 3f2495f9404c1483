"""`autograder export`: write the marks of a class to a file that another gradebook imports.

Each platform's format has a module beside this one; the table for all others is here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.core.assignment import assignments, find
from autograder.core.collector import collector_paused
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.text import listed, many
from autograder.gradebook import marks
from autograder.gradebook.database import exists
from autograder.gradebook.marks import Booked, ClassMarks, Mark
from autograder.lms import canvas, gradescope, moodle
from autograder.lms.sheet import Sheet, defused, number, table
from autograder.pipeline import record

Target = Literal["csv", "canvas", "moodle", "gradescope"]


@dataclass(frozen=True)
class Exported:
    """The file, the number of its rows, and remarks for the person who is going to import it."""

    path: Path
    rows: int
    remarks: tuple[str, ...]


@collector_paused()
def export(
    course: Course,
    names: list[str],
    target: Target,
    output: Path | None = None,
    *,
    complete_only: bool = False,
) -> Exported:
    """Write the marks of a class for these assignments; without names, for all in the gradebook.

    Args:
        output: the file to write; by default one in the course directory's results/.
        complete_only: leave out marks that wait for a person.

    Raises:
        UsageError: an unknown assignment, nothing in the gradebook, several assignments for
            Gradescope, a bad output.
        OSError: the file can't be written.
    """
    classes = _read(course, names)
    if target == "gradescope" and len(classes) > 1:
        raise UsageError("an export for Gradescope has exactly one assignment; name it")
    path = output or course.root / "results" / _default_name(target, classes[0].assignment)
    if path.is_dir():
        raise UsageError(f"--output {path} is a directory; name a file")
    writers: dict[str, Callable[[list[ClassMarks], bool], Sheet]] = {
        "csv": as_csv,
        "canvas": canvas.as_canvas,
        "moodle": moodle.as_moodle,
        "gradescope": lambda classes, complete_only: Sheet(
            *gradescope.archive(classes[0], complete_only)
        ),
    }
    sheet = writers[target](classes, complete_only)
    write(path, sheet.data)
    remarks = [remark for class_ in classes for remark in _about(course, class_, complete_only)]
    return Exported(path, sheet.rows, (*remarks, *sheet.remarks))


def as_csv(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """One row per student and assignment, one column per task; RFC 4180, all fields quoted."""
    tasks = list(dict.fromkeys(task for class_ in classes for task in _tasks(class_)))
    columns = [
        "assignment",
        "student",
        "last_name",
        "first_name",
        "email",
        "lms_user_id",
        "state",
        "handed_in_utc",
    ]
    rows: list[list[str]] = [[*columns, "score", "max_score", "late_penalty", *tasks]]
    for class_ in classes:
        for person in class_.people.values():
            booked = class_.booked.get(person.id)
            if booked is not None and booked.needs_person and complete_only:
                continue
            who = (person.id, person.last_name, person.first_name, person.email, person.lms_user_id)
            given = {} if booked is None else booked.marks
            rows.append(
                [
                    class_.assignment,
                    *map(defused, who),
                    _state(booked),
                    f"{booked.timestamp:%Y-%m-%d %H:%M:%S}" if booked and booked.timestamp else "",
                    number(booked.score) if booked else "",
                    number(class_.points),
                    number(booked.penalty) if booked else "",
                    *(_task_score(given.get(task)) for task in tasks),
                ]
            )
    return Sheet(table(rows, csv.QUOTE_ALL), len(rows) - 1)


# --- helpers ---


def _read(course: Course, names: list[str]) -> list[ClassMarks]:
    if not exists(course):
        raise UsageError(f"{course.root} has no gradebook; run `autograder grade` first")
    wanted = list(dict.fromkeys(find(name).name for name in names)) or assignments()
    classes = [marks.read(course, name) for name in wanted]
    found = [class_ for class_ in classes if class_.booked]
    missing = [class_.assignment for class_ in classes if not class_.booked]
    if not found or (names and missing):
        without = ", ".join(missing)
        raise UsageError(
            f"the gradebook of {course.root} has no marks of {without}; run `autograder grade` "
            "first"
        )
    return found


def _default_name(target: Target, assignment: str) -> str:
    if target == "gradescope":
        return f"gradescope-{assignment}.zip"
    return "marks.csv" if target == "csv" else f"marks-{target}.csv"


def _tasks(class_: ClassMarks) -> list[str]:
    """The tasks in the order of the notebook, then others that the gradebook has."""
    known = [task.id for task in find(class_.assignment).tasks]
    return list(
        dict.fromkeys(
            [*known, *(task for booked in class_.booked.values() for task in booked.marks)]
        )
    )


def _task_score(mark: Mark | None) -> str:
    ungraded = mark is None or (mark.auto is None and mark.manual is None)
    return "" if mark is None or ungraded else number(mark.score)


def _state(booked: Booked | None) -> str:
    if booked is None:
        return "no submission"
    return "to be graded by hand" if booked.needs_person else "complete"


def _about(course: Course, class_: ClassMarks, complete_only: bool) -> list[str]:
    """Remarks on marks that wait for a person, and on submissions without a mark."""
    remarks = []
    if waiting := [name for name, booked in class_.booked.items() if booked.needs_person]:
        needs, they, them = (
            ("needs", "it stands", "it") if len(waiting) == 1 else ("need", "they stand", "them")
        )
        exported = f"exported as {they} (--complete-only leaves {them} out)"
        what = "left out" if complete_only else exported
        count = f"{many(len(waiting), 'submission')} {needs}"
        remarks.append(f"{class_.assignment}: {count} grading by hand, {what}: {listed(waiting)}")
    unmarked = []
    for path in sorted((course.root / "results" / class_.assignment).glob("*.json")):
        result = record.read(course, path.stem, class_.assignment)
        if result is not None and result.status != "graded" and result.student not in class_.booked:
            unmarked.append(f"{result.student} ({result.status})")
    if unmarked:
        count = f"{many(len(unmarked), 'submission')} {'has' if len(unmarked) == 1 else 'have'}"
        remarks.append(f"{class_.assignment}: {count} no mark: {listed(unmarked)}")
    return remarks

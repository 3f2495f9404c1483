"""`autograder export`: the marks of a class in a file that another gradebook imports.

Where the formats are documented:
- Canvas: Instructor Guide, "How do I import grades in the Gradebook?" and "How do I export grades
  in the Gradebook?": Student, ID, SIS User ID, SIS Login ID, Section, a column for each assignment;
  "Points Possible" in the second row.
- Moodle: MoodleDocs, "Grade import": a CSV file whose columns are mapped by hand while importing,
  one that identifies the student (username, ID number or email address), one for each grade item,
  one for its feedback.
- Formulas: OWASP, "CSV Injection".
Gradescope imports no scores: see `autograder.lms.gradescope`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.core.course import Course, assignments, find
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.text import listed, many
from autograder.gradebook import marks
from autograder.gradebook.book import exists
from autograder.gradebook.marks import Booked, ClassMarks, Mark, Person
from autograder.lms import gradescope
from autograder.pipeline import record

Target = Literal["csv", "canvas", "moodle", "gradescope"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Exported:
    """What was written, and sentences for the person who is going to import it."""

    path: Path
    rows: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The content of a file, its students counted, and remarks on it."""

    data: bytes
    rows: int
    remarks: tuple[str, ...] = ()


def export(
    course: Course,
    names: list[str],
    target: Target,
    output: Path | None = None,
    *,
    complete_only: bool = False,
) -> Exported:
    """Write the marks of a class for these assignments, or for
    all that the gradebook has if none is named.

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
        raise UsageError("an export for Gradescope is of one assignment; name it")
    path = output or course.root / "results" / _default_name(target, classes[0].assignment)
    if path.is_dir():
        raise UsageError(f"--output {path} is a directory; name a file")
    writers: dict[str, Callable[[list[ClassMarks], bool], Sheet]] = {
        "csv": as_csv,
        "canvas": as_canvas,
        "moodle": as_moodle,
        "gradescope": lambda classes, complete_only: Sheet(
            *gradescope.archive(classes[0], complete_only)
        ),
    }
    sheet = writers[target](classes, complete_only)
    write(path, sheet.data)
    remarks = [remark for class_ in classes for remark in _about(course, class_, complete_only)]
    return Exported(path, sheet.rows, (*remarks, *sheet.remarks))


def as_csv(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """A row for each student and assignment, with a column for
    each task; RFC 4180, every field quoted.
    """
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
    return Sheet(_table(rows, csv.QUOTE_ALL), len(rows) - 1)


def as_canvas(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """Canvas looks for a student by ID, then SIS User ID, SIS
    Login ID and name; no submission is an empty cell.
    """
    header = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        *(c.assignment for c in classes),
    ]
    possible = ["Points Possible", "", "", "", "", *(number(c.points) for c in classes)]
    rows, strangers = [header, possible], []
    for person, scores in _scored(classes, complete_only):
        lms = person.lms_user_id.strip()
        is_canvas_id = lms.isascii() and lms.isdigit()
        who = ["", defused(lms)] if not is_canvas_id else [lms, ""]
        rows.append(
            [
                _canvas_name(person),
                *who,
                defused(person.id),
                "",
                *("" if s is None else number(s) for s in scores),
            ]
        )
        if not lms:
            strangers.append(person.id)
    remarks = []
    if strangers:
        remarks.append(
            f"{many(len(strangers), 'student')} without a Canvas ID (lms_user_id in the "
            "gradebook): Canvas "
            f"looks for the same login, then for the same name: {listed(strangers)}"
        )
    return Sheet(_table(rows), len(rows) - 2, tuple(remarks))


def as_moodle(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """Columns to map while importing; no submission is `-`, Moodle's own sign for no grade.

    A column that identifies is there only if everybody has a value in it: where it is empty, Moodle
    keeps the student of the row above, who would get this row's marks. An empty cell in a new grade
    item becomes 0.
    """
    scored = list(_scored(classes, complete_only))
    people = [person for person, _ in scored]
    identifying: dict[str, Callable[[Person], str]] = {"Username": lambda person: person.id}
    remarks = []
    for column, value in _MOODLE_COLUMNS.items():
        without = [person.id for person in people if not value(person).strip()]
        if not without:
            identifying[column] = value
        elif len(without) < len(people):
            remarks.append(
                f"no column {column!r}: the gradebook has none for {listed(without)}, and Moodle "
                "would give their marks to the student of the row above"
            )
    feedback = [
        class_ for class_ in classes if any(booked.comments for booked in class_.booked.values())
    ]
    header = ["First name", "Last name", *identifying]
    for class_ in classes:
        header += (
            [class_.assignment, f"{class_.assignment} (feedback)"]
            if class_ in feedback
            else [class_.assignment]
        )
    rows = [header]
    for person, scores in scored:
        row = [defused(person.first_name), defused(person.last_name)]
        row += [defused(value(person).strip()) for value in identifying.values()]
        for class_, score in zip(classes, scores, strict=True):
            row.append("-" if score is None else number(score))
            if class_ in feedback:
                row.append(defused(_feedback(class_, person) if score is not None else ""))
        rows.append(row)
    return Sheet(_table(rows), len(rows) - 1, tuple(remarks))


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an
    apostrophe before a first character that would begin one.
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def number(value: float) -> str:
    """A score with four decimals at most, and none that say nothing: 12.5, 18, 0.3333."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


# --- helpers ---


_MOODLE_COLUMNS: dict[str, Callable[[Person], str]] = {
    "ID number": lambda person: person.lms_user_id,
    "Email address": lambda person: person.email,
}


def _read(course: Course, names: list[str]) -> list[ClassMarks]:
    if not exists(course):
        raise UsageError(f"{course.root} has no gradebook; `autograder grade` makes it")
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


def _scored(
    classes: list[ClassMarks], complete_only: bool
) -> Iterable[tuple[Person, list[float | None]]]:
    """Everybody with a score or None for each assignment, but
    for those of whom all that there is is held back.
    """
    for person in classes[0].people.values():
        booked = [class_.booked.get(person.id) for class_ in classes]
        held = [b is not None and b.needs_person and complete_only for b in booked]
        scores = [
            None if b is None or hold else b.score for b, hold in zip(booked, held, strict=True)
        ]
        if not any(held) or any(score is not None for score in scores):
            yield person, scores


def _tasks(class_: ClassMarks) -> list[str]:
    """The tasks in the order of the notebook, then what else the gradebook has."""
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
    return "waits for a person" if booked.needs_person else "complete"


def _canvas_name(person: Person) -> str:
    name = ", ".join(part for part in (person.last_name, person.first_name) if part) or person.id
    # A row whose name holds these words would set the points of the assignments.
    return defused(" ".join(name.split()).replace("Points Possible", "Points-Possible"))


def _feedback(class_: ClassMarks, person: Person) -> str:
    booked = class_.booked.get(person.id)
    return "\n".join(f"{task}: {text}" for task, text in booked.comments.items()) if booked else ""


def _about(course: Course, class_: ClassMarks, complete_only: bool) -> list[str]:
    """What the marks of an assignment do not tell by themselves."""
    remarks = []
    if waiting := [name for name, booked in class_.booked.items() if booked.needs_person]:
        what = (
            "left out"
            if complete_only
            else "exported as they stand (--complete-only leaves them out)"
        )
        count = f"{many(len(waiting), 'mark')} {'waits' if len(waiting) == 1 else 'wait'}"
        remarks.append(f"{class_.assignment}: {count} for a person, {what}: {listed(waiting)}")
    unmarked = []
    for path in sorted((course.root / "results" / class_.assignment).glob("*.json")):
        result = record.read(course, path.stem, class_.assignment)
        if result is not None and result.status != "graded" and result.student not in class_.booked:
            unmarked.append(f"{result.student} ({result.status})")
    if unmarked:
        count = f"{many(len(unmarked), 'submission')} {'has' if len(unmarked) == 1 else 'have'}"
        remarks.append(f"{class_.assignment}: {count} no mark: {listed(unmarked)}")
    return remarks


def _table(rows: list[list[str]], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")

"""Write the report's table: a CSV file with one row for each student."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from autograder.core.assignment import Assignment
from autograder.core.text import SHOWN, listed
from autograder.lms.sheet import defused
from autograder.report.figures import Figures

_SHARED = {
    "file": "the same file as",
    "answers": "the same answers as",
    "code": "shares code with",
    "text": "shares written answers with",
}


def as_csv(assignment: Assignment, figures: Figures) -> str:
    """One row for each student, those who handed in nothing too.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    tasks = [task.id for task in assignment.tasks if not task.manual]
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    columns = ["student", "name", "status", "reason", "handed_in_utc", "late_minutes", "mark"]
    rows.writerow([*columns, "score", *tasks, "seconds", "flags"])
    flags = _flags(figures)
    results = {result.student: result for result in figures.recorded.results}
    reasons = {n.student: n.why for n in figures.needs if n.kind in ("unreadable", "not graded")}
    for row in figures.students:
        student, result = row.person.id, results.get(row.person.id)
        scores = {task.id: task.score for task in result.tasks} if result else {}
        time = f"{row.handed_in:%Y-%m-%d %H:%M:%S}" if row.handed_in else None
        late = round(row.late.total_seconds() / 60, 1) if row.late else None
        reason = result.reason if result else reasons.get(student)
        cells = [student, row.person.name, row.status, reason, time, late, row.mark, row.score]
        seconds = round(result.seconds, 2) if result else None
        rows.writerow(map(_cell, [*cells, *map(scores.get, tasks), seconds, flags.get(student)]))
    return file.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    return defused(value) if isinstance(value, str) else value


def _flags(figures: Figures) -> dict[str, str]:
    """Remarks on each student, in words, as the page has them."""
    remarks: dict[str, list[str]] = {}
    for need in figures.needs:
        if need.kind in ("stopped", "remark"):
            remarks.setdefault(need.student, []).append(need.why.rstrip("."))
    for task, names in figures.waiting.items():
        for name in names:
            remarks.setdefault(name, []).append(f"{task} to be graded by hand")
    for common in figures.common or ():
        for match in common.matches:
            like = " or ".join(mistake.program for mistake in common.mistakes)
            remarks.setdefault(match.student, []).append(f"{common.task} resembles {like}")
    for group in figures.shared:
        for name in group.students:
            others = listed(_others(group.students, name), len(group.students) - 1)
            remarks.setdefault(name, []).append(f"{_SHARED[group.kind]} {others}")
    return {name: "; ".join(texts) for name, texts in remarks.items()}


def _others(students: Sequence[str], name: str) -> list[str]:
    """As many of the others as are named."""
    return [other for other in students[: SHOWN + 1] if other != name][:SHOWN]

"""Write the report's table: a CSV file with one row for each submission."""

from __future__ import annotations

import csv
import io

from autograder.core.course import Assignment
from autograder.lms.sheet import defused
from autograder.report.figures import Figures


def as_csv(assignment: Assignment, figures: Figures) -> str:
    """One row for each submission.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    tasks = [task.id for task in assignment.tasks if not task.manual]
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["student", "status", "reason", "score", *tasks, "seconds", "flags"])
    flags = _flags(figures)
    for result in figures.recorded.results:
        scores = {task.id: task.score for task in result.tasks}
        cells = [
            result.student,
            result.status,
            result.reason,
            result.score,
            *map(scores.get, tasks),
        ]
        rows.writerow(
            _cell(cell)
            for cell in [*cells, round(result.seconds, 2), flags.get(result.student, "")]
        )
    for need in figures.needs:
        if need.kind in ("unreadable", "not graded"):
            rows.writerow(
                [_cell(need.student), need.kind, need.why, None, *[None] * len(tasks), None, ""]
            )
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
            others = ", ".join(other for other in group.students if other != name)
            remarks.setdefault(name, []).append(f"shares code with {others}")
    return {name: "; ".join(texts) for name, texts in remarks.items()}

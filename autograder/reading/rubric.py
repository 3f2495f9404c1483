"""Read a task's rubric: what a person can tick under a written answer, and what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograder.core import csv_rows
from autograder.core.assignment import Assignment, Task
from autograder.core.course import Course
from autograder.core.csv_rows import Row
from autograder.core.errors import UsageError


@dataclass(frozen=True)
class Item:
    """One line of a rubric; with 0 points it is a comment to use again."""

    points: float
    text: str

    @property
    def line(self) -> str:
        """The line of a student's comment that says that this item was ticked."""
        return f"- {self.text} ({self.points:+g})" if self.points else f"- {self.text}"


@dataclass(frozen=True)
class Rubric:
    """The items of a task. Those that are ticked add up, from `start`, within 0 and its points."""

    items: tuple[Item, ...] = ()
    most: float = 0.0

    @property
    def start(self) -> float | None:
        """The score with nothing ticked: 0 if an item gives points, the maximum if items only take
        some; None if no item has points.
        """
        if any(item.points > 0 for item in self.items):
            return 0.0
        return self.most if any(item.points < 0 for item in self.items) else None

    def split(self, comment: str) -> tuple[list[str], str]:
        """The lines of the ticked items in a student's comment, and what else it says."""
        lines = [item.line for item in self.items]
        said = comment.split("\n")
        rest = "\n".join(line for line in said if line not in lines).strip()
        return [line for line in lines if line in said], rest


def read(course: Course, assignment: Assignment) -> dict[str, Rubric]:
    """The rubric of each written task; one without items for a task that has no file.

    Raises:
        UsageError: a file can't be read, or is of no written task; the message names it and the
            line.
    """
    folder = course.root / "rubrics" / assignment.name
    tasks = {task.id: task for task in assignment.tasks if task.manual}
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in tasks:
            raise UsageError(
                f"{path}: {assignment.name} has no written task {path.stem!r}; name the file "
                f"after one of {', '.join(tasks) or 'none'}"
            )
    return {name: _rubric(course, assignment, task) for name, task in tasks.items()}


def _rubric(course: Course, assignment: Assignment, task: Task) -> Rubric:
    path = course.root / "rubrics" / assignment.name / f"{task.id}.csv"
    items: dict[str, Item] = {}
    try:
        for row in csv_rows.rows(path, ("points", "text")):
            item = _item(row)
            if item.text in items:
                raise UsageError(f"{row.place}: the same text is in a line above; remove one")
            items[item.text] = item
    except FileNotFoundError:
        return Rubric(most=task.points)
    return Rubric(tuple(items.values()), task.points)


def _item(row: Row) -> Item:
    text = " ".join(row["text"].split())
    if not text:
        raise UsageError(f'{row.place}: write points and a text, such as 1,"Says why"')
    try:
        points = float(row["points"])
    except ValueError:
        points = math.nan
    if not math.isfinite(points):
        raise UsageError(
            f"{row.place}: points is {row['points']!r}; write a number such as 1 or -0.5"
        )
    return Item(points, text)

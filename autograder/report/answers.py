"""Read what students answered, code and text, from their notebooks as they were graded.

What students wrote is data here: it is bounded, and never run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.solution import model_cells
from autograder.pipeline import graded_notebook
from autograder.pipeline.graded_notebook import Cell

Answers = dict[str, str]
"""Sources of answers by task."""
_FENCE = re.compile(r"^### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)


@dataclass(frozen=True)
class Work:
    """The answers of one notebook: those that are code, and those that are written."""

    code: Answers = field(default_factory=dict)
    written: Answers = field(default_factory=dict)

    def differing(self, released: Work) -> Answers:
        """The answers that are not left as they were released; spacing and comments don't count."""
        stubs = released.code | released.written
        given = self.code | self.written
        return {task: text for task, text in given.items() if not _open(text, stubs.get(task, ""))}


def read(course: Course, student: str, assignment: str) -> Work | None:
    """The answers of a student as they were graded; None where there is no such notebook."""
    cells = graded_notebook.read(course, student, assignment)
    return None if cells is None else _work(cells)


def released(assignment: Assignment) -> Work:
    """What the release has in place of the answers."""
    return _work(assignment.released["cells"])


def model(assignment: Assignment) -> Work:
    """The model solution's answers, none where it was not built."""
    cells, stubs = model_cells(assignment), released(assignment)
    return Work(
        {task: text for task, text in cells.items() if task in stubs.code},
        {task: text for task, text in cells.items() if task in stubs.written},
    )


def model_text(assignment: Assignment) -> Answers:
    """The model solution's answers by task, as people read them: without fences."""
    work = model(assignment)
    return {task: _FENCE.sub("", text) for task, text in (work.code | work.written).items()}


def left_open(class_: Mapping[str, Work], stubs: Work) -> dict[str, list[str]]:
    """Who left a task of code empty or as it was released, by task."""
    return {
        task: [name for name, work in class_.items() if _open(work.code.get(task, ""), stub)]
        for task, stub in stubs.code.items()
    }


def _work(cells: Iterable[Cell]) -> Work:
    work = Work()
    for mark, cell in graded_notebook.marked(cells):
        if mark.get("solution"):
            place = work.code if cell["cell_type"] == "code" else work.written
            place[sys.intern(mark["grade_id"])] = sys.intern(graded_notebook.text(cell))
    return work


def _open(text: str, stub: str) -> bool:
    return plain(text) in ("", plain(stub))


@lru_cache(maxsize=4096)  # many answers of a class are as they were given
def plain(source: str) -> str:
    """Source without spacing and comments on lines of their own."""
    return " ".join(
        line.strip()
        for line in source.splitlines()
        if line.strip() and not line.strip().startswith("#")
    )

"""The score that each graded cell of a notebook has before a person looks at it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat
from nbgrader import utils

from autograder.core.outcome import Result, TaskResult
from autograder.pipeline import graded_notebook
from autograder.pipeline.graded_notebook import Cell


@dataclass(frozen=True)
class Scored:
    """A result, and the scores of the cells that no test grades."""

    result: Result
    by_hand: Mapping[str, float | None]
    asked: bool = False
    """Whether nbgrader has just asked for a second look at every score by hand."""
    blind: bool = False
    """Whether nobody knows if the answers are those that were graded before."""

    def auto_score(self, tasks: Mapping[str, TaskResult], cell: str) -> float | None:
        """The score of a cell, by its name; None where a person has to look.

        Args:
            tasks: those of the result, by id.
        """
        task = tasks.get(cell.removesuffix("-test"))
        return task.score if task is not None else self.by_hand.get(cell)

    def looks_again(self, grade: Any, auto: float | None, *, renewed: bool) -> bool:
        """Whether a person has to look at a score that one gave, in nbgrader's row of a cell.

        Args:
            auto: the automatic score now.
            renewed: whether the submission is of another time than the one before.
        """
        waits = grade.needs_manual_grade and not (self.asked and auto is None)
        return bool(waits or grade.auto_score != auto or (self.blind and renewed))


def by_hand(
    result: Result, grade_cells: Collection[str], cells: Sequence[Cell]
) -> dict[str, float | None]:
    """The scores of the cells that no test grades, as nbgrader determines them.

    Args:
        grade_cells: the names of all cells that have points.
        cells: those of the graded notebook.
    """
    tasks = {task.id for task in result.tasks}
    asked = {name for name in grade_cells if name.removesuffix("-test") not in tasks}
    return {
        mark["grade_id"]: _determined(cell)
        for mark, cell in graded_notebook.marked(cells)
        if mark["grade_id"] in asked
    }


def forget_scores(submission: Any) -> None:
    """Remove the automatic scores that an earlier submission had, from nbgrader's rows."""
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            grade.auto_score = None
            grade.needs_manual_grade = True


def _determined(cell: Cell) -> float | None:
    """0 for an answer left untouched, as in nbgrader; None where a person has to look."""
    whole = cell | {"source": graded_notebook.text(cell)}
    with contextlib.suppress(LookupError, ValueError):  # an edited mark
        score, _ = utils.determine_grade(nbformat.from_dict(whole))
        return None if score is None else float(score)
    return None

"""Reject the notebook of another assignment, which is recognised by its cells' names."""

from __future__ import annotations

import contextlib

from autograder.core.assignment import Assignment, assignments
from autograder.core.errors import RejectedError, UsageError
from autograder.pipeline.intake import Cell
from autograder.pipeline.matching import is_solution, is_test, mark


def check_assignment(assignment: Assignment, submitted: list[Cell]) -> None:
    """Check that a notebook has not more cells of another assignment than of this one.

    Raises:
        RejectedError: it has: it is the notebook of that assignment.
    """
    names = {cell.grade_id for cell in submitted} - {None}
    here = len(names & _graded_ids(assignment))
    if not names or 2 * here >= len(_graded_ids(assignment)):
        return
    there: dict[str, int] = {}
    for other in assignments(assignment.repository):
        with contextlib.suppress(UsageError):  # not built yet
            there[other] = len(names & _graded_ids(Assignment(other, assignment.repository)))
    likeliest = max(there, key=there.__getitem__, default=assignment.name)
    if there.get(likeliest, 0) > here:  # some have a task of the same name as another's
        raise RejectedError(
            f"this is the notebook of {likeliest}; submit that of {assignment.name} here."
        )


def _graded_ids(assignment: Assignment) -> set[str]:
    """Of the cells that students answer in, and of test cells."""
    return {
        str(mark(cell)["grade_id"])
        for cell in assignment.released["cells"]
        if is_solution(cell) or is_test(cell)
    }

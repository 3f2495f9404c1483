"""Step 6, score: a task's points × weight of its passed tests / weight of all its tests."""

from __future__ import annotations

import math

from autograder.core.assignment import Task
from autograder.core.errors import SuiteError
from autograder.core.outcome import TaskResult, TestResult


def score(
    tasks: tuple[Task, ...], results: dict[str, list[TestResult]], follow_through: float = 1.0
) -> list[TaskResult]:
    """The score of each task that is graded automatically, in the notebook's order.

    Args:
        follow_through: the share of its weight that a test earns which passed in spite of an
            earlier mistake.

    Raises:
        SuiteError: a task has no tests, a test belongs to no task, or a weight is not positive.
    """
    automatic = [task for task in tasks if not task.manual]
    unknown = set(results) - {task.id for task in automatic}
    if unknown:
        raise SuiteError(
            f"the suite tests tasks that the notebook does not have: {', '.join(sorted(unknown))}"
        )
    return [_score(task, results.get(task.id, []), follow_through) for task in automatic]


def _score(task: Task, tests: list[TestResult], follow_through: float) -> TaskResult:
    total = sum(test.weight for test in tests)
    if not tests or not math.isfinite(total) or any(test.weight <= 0 for test in tests):
        raise SuiteError(f"task {task.id} has no tests, or a test whose weight is not positive")
    passed = sum(
        test.weight * (follow_through if test.remark else 1)
        for test in tests
        if test.outcome == "passed"
    )
    earned = (
        task.points
        if math.isclose(passed, total, rel_tol=1e-12)
        else round(task.points * passed / total, 6)
    )
    return TaskResult(task.id, task.points, min(max(earned, 0.0), task.points), tests)

"""Scoring: points times passed weight over total weight, finite and within the task."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.core.assignment import Task
from autograder.core.errors import SuiteError
from autograder.core.outcome import Outcome, TestResult
from autograder.pipeline.score import score

TASK = Task("z1", 2.0, manual=False)
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "timeout", "out_of_memory", "crashed")


def one(outcome: Outcome = "passed", weight: float = 1.0) -> TestResult:
    return TestResult("test_x", outcome, weight, None, 0.0)


def points(*tests: TestResult, task: Task = TASK) -> float:
    (result,) = score((task,), {task.id: list(tests)})
    assert (result.id, result.points, result.tests) == (task.id, task.points, list(tests))
    return result.score


def test_all_and_none() -> None:
    assert points(one(), one()) == 2
    assert points(one("failed"), one("failed")) == 0


@pytest.mark.parametrize("outcome", OUTCOMES[1:])
def test_only_passed_counts(outcome: Outcome) -> None:
    assert points(one(), one(outcome)) == 1
    assert points(one(outcome)) == 0


def test_weights() -> None:
    assert points(one(weight=3), one("failed", weight=1)) == 1.5
    assert points(one("failed", weight=3), one(weight=1)) == 0.5
    assert points(one(weight=0.1), one(weight=0.2), one(weight=0.3)) == 2


def test_a_third_is_rounded() -> None:
    assert points(one(), one("failed"), one("failed")) == 0.666667


def test_tasks_keep_the_notebook_s_order_and_manual_ones_are_left_out() -> None:
    tasks = (Task("b", 1, manual=False), Task("m", 5, manual=True), Task("a", 3, manual=False))
    results = score(tasks, {"a": [one()], "b": [one("failed")]})
    assert [(r.id, r.points, r.score) for r in results] == [("b", 1, 0), ("a", 3, 3)]


@pytest.mark.parametrize(
    "tests",
    [
        [],
        [one(weight=0)],
        [one(), one(weight=-1)],
        [one(), one(weight=0)],
        [one(weight=math.inf)],
        [one(weight=math.nan)],
        [one(), one("failed", weight=math.inf)],
    ],
)
def test_weights_that_are_none_are_a_fault_of_the_suite(tests: list[TestResult]) -> None:
    with pytest.raises(
        SuiteError, match="task z1 has no tests, or a test whose weight is not positive"
    ):
        score((TASK,), {"z1": tests})


def test_a_task_without_tests_is_a_fault_and_not_a_zero() -> None:
    with pytest.raises(SuiteError, match="task z1 has no tests"):
        score((TASK,), {})


@pytest.mark.parametrize("name", ["z9", "manual", ""])
def test_a_test_of_no_task_is_a_fault(name: str) -> None:
    with pytest.raises(SuiteError, match="tasks that the notebook does not have"):
        score((TASK, Task("manual", 1, manual=True)), {"z1": [one()], name: [one()]})


@settings(max_examples=150)
@given(
    st.floats(0, 1e6),
    st.lists(st.tuples(st.sampled_from(OUTCOMES), st.floats(1e-3, 1e3)), min_size=1, max_size=12),
)
def test_scores_are_finite_and_within_the_task(
    worth: float, drawn: list[tuple[Outcome, float]]
) -> None:
    tests = [one(outcome, weight) for outcome, weight in drawn]
    earned = points(*tests, task=Task("t", worth, manual=False))
    assert 0 <= earned <= worth
    passed = [t.outcome == "passed" for t in tests]
    if all(passed):
        assert earned == worth
    if not any(passed):
        assert earned == 0
    if not all(passed) and worth > 1:
        assert earned < worth

"""Say in a task's comment what its tests say."""

from __future__ import annotations

from autograder.core.outcome import TestResult, counted
from autograder.core.text import many


def hints(tests: list[TestResult]) -> str | None:
    """What a student reads about tests that failed, and about those that count all the same."""
    lines = [
        f"{test.sentence or test.name}: {test.hint}" for test in tests if test.outcome != "passed"
    ]
    lines += [f"Counted: {many(count, 'test')}, {remark}." for remark, count in counted(tests)]
    return "\n".join(lines) or None

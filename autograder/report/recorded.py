"""Read the results of a class for its report, and keep once what many of them have in common."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Provenance, Result, TaskResult, TestResult
from autograder.pipeline import record


@dataclass(frozen=True)
class Recorded:
    """The results of an assignment that can be read, the students of the others, and a time.

    Of a result's tests, only the longest knows its seconds.
    """

    results: list[Result]
    unread: list[str]
    """Students whose result can't be read."""
    missing: list[str]
    """Students who handed in and have no result yet."""
    newest: datetime
    """The time of the newest result."""


def read_recorded(course: Course, assignment: str) -> Recorded:
    """Read the results of an assignment, and note which submissions have none.

    Raises:
        UsageError: the assignment has no results.
    """
    folder = course.root / "results" / assignment
    results, unread, newest, together = list[Result](), list[str](), 0.0, _Together()
    for path in _files(folder):
        result = record.read(course, path.stem, assignment)
        newest = max(newest, path.stat().st_mtime)
        if result is None:
            unread.append(path.stem)
        else:
            results.append(together.result(result))
    if not results:
        raise UsageError(
            f"no results of {assignment} in {folder}: run `autograder grade {assignment}` first"
        )
    submitted: list[str] = []
    with contextlib.suppress(UsageError):
        submitted = course.students(assignment)
    known = {*unread, *(result.student for result in results)}
    missing = [name for name in submitted if name not in known]
    return Recorded(results, unread, missing, datetime.fromtimestamp(newest, UTC))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.json")) if not path.name.startswith("."))


class _Together:
    """Keeps one copy of each outcome of a test: a class of 100,000 has millions of outcomes, and
    few that differ in more than their seconds."""

    def __init__(self) -> None:
        self._tests: dict[tuple[object, ...], TestResult] = {}

    def result(self, result: Result) -> Result:
        """The result, made of shared parts."""
        longest = max(
            (test for task in result.tasks for test in task.tests), key=_seconds, default=None
        )
        return msgspec.structs.replace(
            result,
            assignment=sys.intern(result.assignment),
            provenance=_shared_texts(result.provenance),
            tasks=[self._task(task, longest) for task in result.tasks],
        )

    def _task(self, task: TaskResult, longest: TestResult | None) -> TaskResult:
        tests = [test if test is longest else self._test(test) for test in task.tests]
        return TaskResult(sys.intern(task.id), task.points, task.score, tests)

    def _test(self, test: TestResult) -> TestResult:
        key = (
            *(test.name, test.outcome, test.weight, test.hint, test.sentence, test.remark),
            *test.trace,
        )
        kept = self._tests.get(key)
        if kept is None:
            kept = self._tests[key] = msgspec.structs.replace(test, seconds=0.0)
        return kept


def _seconds(test: TestResult) -> float:
    return test.seconds


def _shared_texts(provenance: Provenance) -> Provenance:
    texts = msgspec.structs.asdict(provenance)
    del texts["seed"], texts["submission_sha256"]
    return msgspec.structs.replace(
        provenance, **{name: sys.intern(text) for name, text in texts.items()}
    )

"""The result of grading a submission: the schema, version 1, of the JSON files in results/."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

Outcome = Literal["passed", "failed", "error", "timeout", "out_of_memory", "crashed"]
Status = Literal["graded", "rejected", "ungradable"]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_ROUNDING = 1e-5
"""Points by which the scores of a result may differ from a sum: they have six digits."""


class TestResult(msgspec.Struct, frozen=True):
    """A hidden test: `sentence` says what it tests, `hint` what the student may have got wrong.

    `remark` says of a test that passed why it counts although an earlier task is wrong
    (follow-through). `trace` is what the student's code returned in one that failed, in a few
    numbers (see `autograder.proxy.trace`).
    """

    __test__ = False

    name: str
    outcome: Outcome
    weight: float
    hint: str | None
    seconds: float
    sentence: str = ""
    remark: str | None = None
    trace: list[float] = []


class TaskResult(msgspec.Struct, frozen=True):
    """A task: its points, and what its tests earned."""

    id: str
    points: float
    score: float
    tests: list[TestResult]


class Provenance(msgspec.Struct, frozen=True):
    """What a result depends on. Two gradings with the same provenance give the same result."""

    submission_sha256: str
    suite_sha256: str
    engine: str
    seed: Seed
    device: str
    torch: str
    isolation: str
    limits: str = ""
    """A digest of them."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one submission.

    Not graded: score is null, tasks are empty and reason is a sentence.
    """

    schema: Literal[1] = 1
    assignment: str
    student: str
    status: Status
    reason: str | None = None
    score: float | None = None
    max_score: float
    tasks: list[TaskResult] = []
    notes: list[str] = []
    provenance: Provenance
    seconds: float
    copied_from: str = ""
    """The student whose submission has the same cells and was graded; empty for that one."""


def encode(result: Result) -> bytes:
    """The result as JSON, laid out for people."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"


def decode(data: bytes) -> Result | None:
    """A result read back; None where the bytes are not a whole one, or its scores not its tests'.

    Somebody may have edited the file.
    """
    try:
        result = msgspec.json.decode(data, type=Result)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return result if _agrees(result) else None


def counted(tests: Iterable[TestResult]) -> list[tuple[str, int]]:
    """Why tests count although an earlier task is wrong, and how many by each reason."""
    return list(
        Counter(test.remark for test in tests if test.outcome == "passed" and test.remark).items()
    )


# --- helpers ---


def _agrees(result: Result) -> bool:
    """Whether the scores of a result follow from its tests."""
    if result.status != "graded":
        return result.score is None and not result.tasks
    scores, points = (
        sum(getattr(task, name) for task in result.tasks) for name in ("score", "points")
    )
    return (
        result.score is not None
        and abs(result.score - scores) < _ROUNDING
        and abs(result.max_score - points) < _ROUNDING
        and all(map(_follows, result.tasks))
    )


def _follows(task: TaskResult) -> bool:
    """Whether a task's score lies between those with and without its tests that have a remark.

    Such a test earns a share that is a limit, which the result does not hold.
    """
    weights = most = least = 0.0
    for test in task.tests:  # one loop: a class has millions of tests
        if test.weight <= 0:
            return False
        weights += test.weight
        if test.outcome == "passed":
            most += test.weight
            least += 0.0 if test.remark else test.weight
    if task.points < 0 or not weights:
        return False
    share = task.points / weights
    return share * least - _ROUNDING < task.score < share * most + _ROUNDING

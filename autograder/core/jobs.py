"""Messages between a grading run and its workers; imports nothing heavy, as both start with it."""

from __future__ import annotations

import functools
import os
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from autograder import __version__
from autograder.core.assignment import Assignment
from autograder.core.limits import Limits
from autograder.core.outcome import Provenance, Result, Status, TaskResult

Isolation = Literal["namespaces", "process"]
"""How a submission is kept apart: by namespaces, or as a process
among others, for trusted code only.
"""
ForkPer = Literal["task", "test"]
"""Which tests share a process on the student's side (`Processes`): those of a task, or none."""


MOST_JOBS = 8
JOBS = min(os.cpu_count() or 1, MOST_JOBS)
"""Submissions graded at a time, where nobody says how many."""
EVERY_CORE = 0
"""As a number of jobs: one for each core of the machine that grades, whichever that is."""


class Setup(msgspec.Struct, frozen=True):
    """What a worker needs to know once."""

    assignment: str
    repository: str
    limits: Limits
    isolation: Isolation
    device: str
    fork_per: ForkPer
    data: dict[str, str] = {}
    """The folders of data sets that a pool prepared for the submissions, by name."""


def setup_of(
    assignment: Assignment,
    bounds: Limits,
    isolation: Isolation = "namespaces",
    device: str = "cpu",
    fork_per: ForkPer = "task",
) -> Setup:
    """What a worker needs to know to grade an assignment within limits."""
    return Setup(assignment.name, str(assignment.repository), bounds, isolation, device, fork_per)


class Ready(msgspec.Struct, frozen=True, tag=True):
    """A worker's first message."""

    pid: int


class NotReady(msgspec.Struct, frozen=True, tag=True):
    """The first message of a worker that can't work, and why, as a sentence."""

    reason: str


class Job(msgspec.Struct, frozen=True):
    """One submission, as its bytes were read.

    With `more_seeds`, the suite is run again with each of them: the tests of `more_tasks`, or all
    if that is empty. With `only_tasks`, no other tasks are tested or in the result. With `hurry`,
    the first test of a task that fails is the last that is run (the rest count as failed), and none
    takes longer than so many seconds: enough to tell whether the task gets all its points. One that
    is `for_staff` is answered with what the student's code raised and printed in tests.
    """

    student: str
    data: bytes
    sha256: str
    seed: int
    more_seeds: list[int] = []
    more_tasks: list[str] = []
    only_tasks: list[str] = []
    hurry: float = 0.0
    for_staff: bool = False


class Timing(msgspec.Struct, frozen=True):
    """Where a submission's time went, in seconds, and the most memory that it held, in bytes.

    `began` is when a worker took it up, by the clock that all processes of a machine share
    (time.monotonic).
    """

    began: float = 0.0
    wall: float = 0.0
    cells: float = 0.0
    tests: float = 0.0
    forks: float = 0.0
    fork_count: int = 0
    peak_memory: int = 0


class Graded(msgspec.Struct, frozen=True):
    """A worker's answer: the result, the notebook with outputs (if any ran), the times.

    `raised` and `printed`, by test, are for staff only (see `Job`): the student's own words may
    spell a hidden input.
    """

    result: Result
    notebook: bytes | None
    timing: Timing
    repeats: list[list[TaskResult]] = []
    raised: dict[str, str] = {}
    printed: dict[str, str] = {}


def new_seed() -> int:
    """A random seed: too large to guess from a test's inputs, small enough for JSON."""
    return secrets.randbelow(2**53)


def provenance(assignment: Assignment, sha256: str, seed: int, setup: Setup) -> Provenance:
    """What the result of a submission, of that digest, will depend on."""
    return Provenance(
        submission_sha256=sha256,
        suite_sha256=assignment.suite_sha256,
        engine=__version__,
        seed=seed,
        device=setup.device,
        torch=_torch(),
        isolation=setup.isolation,
        limits=setup.limits.sha256,
    )


@functools.cache
def _torch() -> str:
    """Torch's release; reading it from the package's metadata takes milliseconds."""
    return version("torch").split("+")[0]


def without_grade(
    assignment: Assignment,
    student: str,
    status: Status,
    reason: str,
    basis: Provenance,
    seconds: float = 0.0,
) -> Result:
    """The outcome of a submission that got no score, and why, as a sentence."""
    return Result(
        assignment=assignment.name,
        student=student,
        status=status,
        reason=reason[:1].upper() + reason[1:],
        max_score=assignment.max_score,
        provenance=basis,
        seconds=seconds,
    )


def ungradable(setup: Setup, job: Job, reason: str) -> Graded:
    """The outcome of a job whose worker or machine was lost over it, and why, as a sentence."""
    assignment = Assignment(setup.assignment, Path(setup.repository))
    basis = provenance(assignment, job.sha256, job.seed, setup)
    result = without_grade(assignment, job.student, "ungradable", reason, basis)
    return Graded(result, None, Timing())

"""Run mutants in the sandbox: notebooks with one changed cell, of which one task is tested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from autograder.authoring.mutation.plan import Mutant, Origin
from autograder.core.assignment import Assignment
from autograder.core.jobs import Graded, Job
from autograder.grading.pool import Pool

Fate = Literal["killed", "survived", "broke"]
LEAST_SECONDS, TIMES_AS_LONG = 2.0, 3.0
"""A mutant's test may take so much longer than the slowest of
the program that it was made of; at least this.
"""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a mutant: killed by a test, survived with full points, or it broke the suite.

    `by` names the test, or says how the suite broke.
    """

    fate: Fate
    by: str = ""


class _Line(msgspec.Struct, frozen=True):
    key: str
    digest: str
    outcome: Outcome


class Memory:
    """Recorded outcomes, one per line of a file, so that an interrupted run can continue.

    A line counts for the same suite, engine and seed only; of others it is known who survived.
    """

    def __init__(self, assignment: Assignment, seed: int) -> None:
        self.path = assignment.repository / ".mutation" / f"{assignment.name}.jsonl"
        self._basis = f"{_suite_digest(assignment)} {seed}"
        self._known: dict[str, Outcome] = {}
        self._latest: dict[str, Outcome] = {}
        if self.path.exists():
            for text in self.path.read_bytes().splitlines():
                try:
                    line = msgspec.json.decode(text, type=_Line)
                except msgspec.MsgspecError:
                    continue  # the last line of a run that was killed
                self._known[line.key] = self._latest[line.digest] = line.outcome

    def get(self, mutant: Mutant) -> Outcome | None:
        """What became of the mutant under this very suite."""
        return self._known.get(self._key(mutant))

    def survived(self, mutant: Mutant) -> bool:
        """Whether the mutant was not killed when it was last run, under whichever suite."""
        latest = self._latest.get(mutant.digest)
        return latest is not None and latest.fate != "killed"

    def put(self, mutant: Mutant, outcome: Outcome) -> None:
        """Record an outcome."""
        key = self._key(mutant)
        self._known[key] = self._latest[mutant.digest] = outcome
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(_Line(key, mutant.digest, outcome)) + b"\n")

    def _key(self, mutant: Mutant) -> str:
        text = f"{self._basis} {mutant.program} {mutant.digest}"
        return hashlib.sha256(text.encode()).hexdigest()[:24]


def _suite_digest(assignment: Assignment) -> str:
    """What kills depends on the suite, the release and what tests are written with."""
    digest = hashlib.sha256(assignment.suite_sha256.encode())
    for path in sorted((assignment.repository / "course_lib").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


@dataclass(frozen=True)
class Pace:
    """How long each program's own tests took, and which programs fail unchanged, and why."""

    seconds: dict[tuple[str, str], float]
    refused: dict[tuple[str, str], str]


def measure(assignment: Assignment, pool: Pool, origins: Sequence[Origin], seed: int) -> Pace:
    """Run the correct programs as they are."""
    jobs = [
        job_of(assignment, f"{n}", one, one.cells[one.task], seed, 0.0)
        for n, one in enumerate(origins)
    ]
    pace = Pace({}, {})
    for graded in pool.run(jobs):
        origin = origins[int(graded.result.student)]
        key = (origin.task, origin.program)
        outcome = _outcome(graded)
        if outcome.fate != "survived":
            pace.refused[key] = outcome.by
        tests = [test.seconds for task in graded.result.tasks for test in task.tests]
        pace.seconds[key] = max([*tests, graded.timing.cells])
    return pace


def run(
    assignment: Assignment,
    pool: Pool,
    mutants: Sequence[Mutant],
    origins: Sequence[Origin],
    pace: Pace,
    seed: int,
    *,
    seen: Callable[[Mutant, Outcome], None],
) -> None:
    """Run mutants and tell of each what became of it, as it becomes known."""
    cells = {(one.task, one.program): one for one in origins}
    jobs = []
    for n, mutant in enumerate(mutants):
        key = (mutant.task, mutant.program)
        hurry = max(LEAST_SECONDS, TIMES_AS_LONG * pace.seconds[key])
        jobs.append(job_of(assignment, f"{n}", cells[key], mutant.source, seed, hurry))
    for graded in pool.run(jobs):
        seen(mutants[int(graded.result.student)], _outcome(graded))


def _outcome(graded: Graded) -> Outcome:
    result = graded.result
    if result.status != "graded":
        return Outcome("broke", result.reason or "")
    if all(task.score >= task.points for task in result.tasks):
        return Outcome("survived")
    failed = next(test for task in result.tasks for test in task.tests if test.outcome != "passed")
    return Outcome(
        "killed", failed.name if failed.outcome == "failed" else f"{failed.name} ({failed.outcome})"
    )


def job_of(
    assignment: Assignment, name: str, origin: Origin, source: str, seed: int, hurry: float
) -> Job:
    """A notebook with that source for the task, of which nothing else is tested."""
    notebook = {
        "cells": list(_cells(assignment, origin, source)),
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    data = json.dumps(notebook).encode()
    return Job(
        name, data, hashlib.sha256(data).hexdigest(), seed, only_tasks=[origin.task], hurry=hurry
    )


def _cells(assignment: Assignment, origin: Origin, source: str) -> Iterator[dict[str, Any]]:
    """The marked cells of the release, with the answers up to the task's only."""
    over = False
    for cell in assignment.released["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if not mark:
            continue
        if mark.get("solution") and cell["cell_type"] == "code":
            name = mark["grade_id"]
            answer = source if name == origin.task else origin.cells.get(name, "")
            cell = cell | {"source": "" if over else answer}
            over = over or name == origin.task
        yield cell

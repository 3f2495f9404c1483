"""Which mistake of the rejected bank a wrong answer resembles: both fail the same tests with the same hints.

A wrong program's signature in a task is the set of tests that it fails, with outcome and hint. The bank's are
measured with the seed that the class was graded with: then equal mistakes get hints that are equal to the last number,
and of 101 wrong answers of the first assignment's bank none was taken for another; with another seed, 2 were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from autograder import __version__, bank, limits, record
from autograder.bank import Program
from autograder.course import Assignment, Course
from autograder.jobs import Job, setup_of
from autograder.limits import Limits
from autograder.outcome import Outcome, Result, TaskResult
from autograder.workers import Pool

LEAST = 0.9
"""Below this similarity a match is not clear: of wrong programs with different mistakes some come to 0.83."""
MOST_TIED = 2
"""More mistakes than these with the same signature tell nothing."""


class Failure(msgspec.Struct, frozen=True):
    """A test that a program fails, and how."""

    test: str
    outcome: Outcome
    hint: str | None


Signature = frozenset[Failure]


class Mistake(msgspec.Struct, frozen=True):
    """A rejected program of the bank: its mistake in words, its signature in each task that its own cells fail."""

    program: str
    says: str
    signatures: dict[str, Signature]


class Bank(msgspec.Struct, frozen=True):
    """The mistakes of a bank, as they are kept in a course directory."""

    digest: str
    mistakes: list[Mistake]


@dataclass(frozen=True)
class Match:
    """A student's wrong answer, the mistakes that it resembles (two where these can't be told apart), and how much.

    Similarity is 1 where the same tests fail with the same hints.
    """

    student: str
    task: str
    mistakes: tuple[Mistake, ...]
    similarity: float


def signature(task: TaskResult) -> Signature:
    """The tests of a task that did not pass."""
    return frozenset(Failure(t.name, t.outcome, t.hint) for t in task.tests if t.outcome != "passed")


def similarity(one: Signature, other: Signature) -> float:
    """1 for equal signatures, 0 for no failing test in common.

    Between: the mean of two Jaccard indices, of the failing tests and of failing tests with outcome and hint.
    """
    return (_jaccard({f.test for f in one}, {f.test for f in other}) + _jaccard(one, other)) / 2


def _jaccard(one: Iterable[object], other: Iterable[object]) -> float:
    one, other = set(one), set(other)
    return len(one & other) / len(one | other) if one | other else 0.0


def matches(results: Iterable[Result], mistakes: Iterable[Mistake]) -> list[Match]:
    """The clear matches: similar enough, and to few mistakes alike."""
    mistakes = list(mistakes)
    found = []
    for result in results:
        for task in result.tasks:
            failed = signature(task)
            scored = [
                (similarity(failed, theirs), each)
                for each in mistakes
                if failed and (theirs := each.signatures.get(task.id))
            ]
            best = max((score for score, _ in scored), default=0.0)
            tied = tuple(each for score, each in scored if score == best)
            if best >= LEAST and len(tied) <= MOST_TIED:
                found.append(Match(result.student, task.id, tied, best))
    return found


def read_bank(
    course: Course,
    assignment: Assignment,
    seed: int,
    count: int,
    begin: Callable[[int], None],
    step: Callable[[], None],
) -> list[Mistake]:
    """The bank's mistakes: kept in the course directory, or measured now by `count` workers.

    Args:
        seed: of the hidden inputs.
        begin: called with the number of programs to grade; not called where the measure is on record.
        step: called after each of them.

    Raises:
        UsageError: a file of the bank is not well formed.
        SandboxError: the walls can't be put up.
    """
    programs = [program for program in bank.load(assignment) if program.fails]
    bounds = limits.load(assignment, course)
    digest = _digest(assignment, programs, seed, bounds)
    path = course.root / "results" / assignment.name / f".bank-{digest}.json"
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Bank)
        if kept.digest == digest:
            return kept.mistakes
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        pass  # not measured yet, or cut short
    begin(len(programs))
    results = run(assignment, programs, seed, bounds, count, step)
    mistakes = [mistake(program, results[program.name]) for program in programs]
    record.write(path, msgspec.json.encode(Bank(digest, mistakes)))
    return mistakes


def run(
    assignment: Assignment, programs: list[Program], seed: int, bounds: Limits, count: int, step: Callable[[], None]
) -> dict[str, Result]:
    """Grade programs, each the way a submission goes; results by the program's name.

    Raises:
        SandboxError: the walls can't be put up.
    """
    todo = []
    for program in programs:
        data = json.dumps(bank.submission(assignment, program.cells, after=program.after)).encode()
        todo.append(Job(program.name, data, hashlib.sha256(data).hexdigest(), seed))
    graded: dict[str, Result] = {}
    with Pool(setup_of(assignment, bounds), min(count, len(todo))) as pool:
        for answer in pool.run(todo):
            graded[answer.result.student] = answer.result
            step()
    return graded


def mistake(program: Program, result: Result) -> Mistake:
    """A rejected program's signatures, given its result.

    Only tasks whose own cell is wrong count: what builds on them fails for a reason that lies elsewhere.
    """
    own = (program.fails & set(program.cells)) or program.fails
    found = {task.id: failed for task in result.tasks if task.id in own and (failed := signature(task))}
    return Mistake(program.name, _says(program), found)


def _says(program: Program) -> str:
    """The first comment of a bank's file that is in words; else its name."""
    for line in program.path.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if line.startswith("#") and text and not text.startswith(("%%", "fails:")):
            return text
    return program.path.stem.replace("_", " ")


def _digest(assignment: Assignment, programs: list[Program], seed: int, bounds: Limits) -> str:
    """Of all that the signatures depend on."""
    parts = (assignment.suite_sha256, seed, bounds.sha256, __version__, version("torch"))
    digest = hashlib.sha256(repr(parts).encode())
    digest.update(json.dumps(bank.model_cells(assignment)).encode())
    for program in programs:
        digest.update(program.path.name.encode() + b"\0" + program.path.read_bytes())
    return digest.hexdigest()[:32]

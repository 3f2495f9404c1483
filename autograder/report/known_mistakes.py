"""Find the bank's mistake that a wrong answer resembles: same failed tests, same returned values.

A wrong program's signature in a task is the set of tests that it fails, with outcome, hint and a
few numbers that stand for what its code returned. The bank's are measured with the seed that the
class was graded with, so that equal mistakes return equal values. Hints alone don't tell mistakes
apart: docs/hints.md has the measure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import msgspec

from autograder import __version__
from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.core import limits, traces
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.faults import NOT_COUNTED
from autograder.core.files import write
from autograder.core.jobs import Job, setup_of
from autograder.core.limits import Limits
from autograder.core.outcome import Outcome, Result, TaskResult
from autograder.core.solution import model_cells
from autograder.grading.pool import Pool
from autograder.pipeline import record

LEAST = 0.9
"""Below this similarity a match is not clear."""
MOST_TIED = 2
"""More mistakes than these that are as near tell nothing."""
_PLACE = re.compile(r" \(first at entry [^;]*; \d+ of \d+ entries\)")
_LINE = re.compile(r", line \d+ of")
"""What a hint holds of the place of a fault, which another style may move."""


class Failure(msgspec.Struct, frozen=True):
    """A failed test, and how it failed; `trace` summarises the returned values."""

    test: str
    outcome: Outcome
    hint: str | None
    trace: tuple[float, ...] = ()


Signature = frozenset[Failure]


class Mistake(msgspec.Struct, frozen=True):
    """A rejected program of the bank: its mistake in words, its signature by task."""

    program: str
    says: str
    signatures: dict[str, Signature]


class Bank(msgspec.Struct, frozen=True):
    """The measured mistakes of a bank, by file digest, kept in a course directory."""

    digest: str
    mistakes: dict[str, Mistake]


@dataclass(frozen=True)
class Match:
    """A wrong answer, the one or two mistakes that it resembles, and how closely.

    Similarity is 1 where the same tests fail with the same hints.
    """

    student: str
    task: str
    mistakes: tuple[Mistake, ...]
    similarity: float


def signature(task: TaskResult) -> Signature:
    """The tests of a task that failed by themselves."""
    return frozenset(
        Failure(t.name, t.outcome, t.hint, tuple(t.trace))
        for t in task.tests
        if t.outcome != "passed" and not (t.hint or "").startswith(NOT_COUNTED)
    )


def similarity(one: Signature, other: Signature) -> float:
    """1 where the same tests fail in the same way, 0 for no failing test in common.

    Between: the mean of two shares of the tests that either fails, those that both fail and those
    that both fail alike.
    """
    first, second = ({failure.test: failure for failure in each} for each in (one, other))
    both, either = first.keys() & second.keys(), first.keys() | second.keys()
    if not either:
        return 0.0
    return (len(both) + sum(_alike(first[test], second[test]) for test in both)) / (2 * len(either))


def _alike(one: Failure, other: Failure) -> bool:
    """Whether a test failed for the same reason: what was
    returned tells, and where nothing was, the hint.
    """
    if one.outcome != other.outcome or reason(one.hint) != reason(other.hint):
        return False
    if one.trace or other.trace:
        return traces.same(one.trace, other.trace)
    return True


def reason(hint: str | None) -> str:
    """A hint without the place of the fault, which another style may move."""
    return _LINE.sub(" in", _PLACE.sub("", hint or ""))


def matches(results: Iterable[Result], mistakes: Iterable[Mistake]) -> list[Match]:
    """The clear matches: similar enough, and to few mistakes alike."""
    mistakes = list(mistakes)
    return [
        replace(clear, student=result.student)
        for result in results
        for task in result.tasks
        if (clear := match(signature(task), task.id, mistakes)) is not None
    ]


def match(failed: Signature, task: str, mistakes: Iterable[Mistake]) -> Match | None:
    """The clear match of a signature in a task, of no student yet; None where nothing is clear."""
    if not failed or _speaks_for_itself(failed):
        return None
    scored = [
        (similarity(failed, theirs), each)
        for each in mistakes
        if (theirs := each.signatures.get(task))
    ]
    best = max((score for score, _ in scored), default=0.0)
    tied = tuple(each for score, each in scored if score == best)
    return Match("", task, tied, best) if best >= LEAST and len(tied) <= MOST_TIED else None


def _speaks_for_itself(failed: Signature) -> bool:
    """Whether all that is known is how the code ended: many
    mistakes end alike, and the hint says how.
    """
    return all(failure.outcome != "failed" for failure in failed)


def read_bank(
    course: Course,
    assignment: Assignment,
    seed: int,
    count: int,
    begin: Callable[[int], None],
    step: Callable[[], None],
    tasks: Collection[str] | None = None,
) -> list[Mistake]:
    """The bank's mistakes: kept in the course directory, or measured now by `count` workers.

    Args:
        seed: of the hidden inputs.
        begin: called with the number of programs to grade; not called where all measures are on
            record.
        step: called after each of them.
        tasks: leave out what is wrong in other tasks only.

    Raises:
        UsageError: a file of the bank is not well formed.
        SandboxError: the walls can't be put up.
    """
    programs = [
        p for p in bank.load(assignment) if p.fails and (tasks is None or _own(p) & set(tasks))
    ]
    bounds = limits.load(assignment, course)
    digest = _digest(assignment, seed, bounds)
    path = course.root / "results" / assignment.name / f".bank-{digest}.json"
    kept = _kept(path, digest)
    missing = [program for program in programs if _file_digest(program) not in kept]
    if missing:
        begin(len(missing))
        results = run(assignment, missing, seed, bounds, count, step)
        kept |= {
            _file_digest(program): mistake(program, results[program.name]) for program in missing
        }
        write(path, msgspec.json.encode(Bank(digest, kept)))
    return [kept[_file_digest(program)] for program in programs]


def of_class(
    course: Course,
    assignment: Assignment,
    count: int,
    begin: Callable[[int], None] = lambda _: None,
    step: Callable[[], None] = lambda: None,
) -> list[Mistake]:
    """The bank's mistakes in tasks that somebody of a class failed, measured with the class's seed.

    Raises:
        UsageError: a file of the bank is not well formed.
        SandboxError: the walls can't be put up.
    """
    seed = record.seed_of_class(course, assignment.name)
    failed = record.failed_tasks(course, assignment.name)
    return (
        read_bank(course, assignment, seed, count, begin, step, failed)
        if seed is not None and failed
        else []
    )


def run(
    assignment: Assignment,
    programs: list[Program],
    seed: int,
    bounds: Limits,
    count: int,
    step: Callable[[], None],
) -> dict[str, Result]:
    """Grade programs, each the way a submission goes; results by the program's name.

    Raises:
        SandboxError: the walls can't be put up.
    """
    todo = []
    for program in programs:
        data = json.dumps(
            bank.submission(assignment, program.cells, after=program.after, play=False)
        ).encode()
        todo.append(Job(program.name, data, hashlib.sha256(data).hexdigest(), seed))
    graded: dict[str, Result] = {}
    with Pool(setup_of(assignment, bounds), min(count, len(todo))) as pool:
        for answer in pool.run(todo):
            graded[answer.result.student] = answer.result
            step()
    return graded


def mistake(program: Program, result: Result) -> Mistake:
    """A rejected program's signatures, given its result.

    Only tasks whose own cell is wrong count: what builds on them fails for a reason that lies
    elsewhere.
    """
    own = _own(program)
    found = {
        task.id: failed for task in result.tasks if task.id in own and (failed := signature(task))
    }
    return Mistake(program.name, _says(program), found)


def _says(program: Program) -> str:
    """The first comment of a bank's file that is in words, without "One mistake:", since the
    sentence that quotes it says so; else the file's name.
    """
    for line in program.path.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if line.startswith("#") and text and not text.startswith(("%%", "fails:")):
            return text.removeprefix("One mistake: ")
    return program.path.stem.replace("_", " ")


def _own(program: Program) -> frozenset[str]:
    return (program.fails & set(program.cells)) or program.fails


def _kept(path: Path, digest: str) -> dict[str, Mistake]:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Bank)
        return kept.mistakes if kept.digest == digest else {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}  # not measured yet, or cut short


def _digest(assignment: Assignment, seed: int, bounds: Limits) -> str:
    """Of all that the signatures depend on, beside the programs."""
    parts = ("traces", assignment.suite_sha256, seed, bounds.sha256, __version__, version("torch"))
    digest = hashlib.sha256(repr(parts).encode())
    digest.update(json.dumps(model_cells(assignment)).encode())
    return digest.hexdigest()[:32]


def _file_digest(program: Program) -> str:
    return hashlib.sha256(
        program.path.name.encode() + b"\0" + program.path.read_bytes()
    ).hexdigest()[:32]

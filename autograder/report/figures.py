"""Compute all figures of an assignment's report from the recorded results."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result
from autograder.gradebook.marks import ClassMarks
from autograder.pipeline import record
from autograder.report import advice, answers, known_mistakes, statistics
from autograder.report.advice import Advice
from autograder.report.answers import Work
from autograder.report.class_list import Row, class_list
from autograder.report.known_mistakes import Match, Mistake
from autograder.report.shared_code import Shared
from autograder.report.shared_work import in_common
from autograder.report.statistics import Distribution, Need, Slow, TaskItem, TestItem


@dataclass(frozen=True)
class Recorded:
    """The results of an assignment that can be read, the students of the others, and a time."""

    results: list[Result]
    unread: list[str]
    """Students whose result can't be read."""
    missing: list[str]
    """Students who handed in and have no result yet."""
    newest: datetime
    """The time of the newest result."""


@dataclass(frozen=True)
class Common:
    """A mistake that wrong answers of a task resemble: two where they can't be told apart."""

    task: str
    mistakes: tuple[Mistake, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Figures:
    """All that the page shows."""

    recorded: Recorded
    marks: ClassMarks
    spread: Distribution | None
    tasks: list[TaskItem]
    tests: list[TestItem]
    open: dict[str, list[str]]
    common: list[Common] | None
    """None: the bank was left out."""
    slow: list[Slow]
    needs: list[Need]
    waiting: dict[str, list[str]]
    students: list[Row]
    shared: list[Shared]
    compared: int
    first: list[Advice]
    mixed: str | None


def read_recorded(course: Course, assignment: str) -> Recorded:
    """Read the results of an assignment, and note which submissions have none.

    Raises:
        UsageError: the assignment has no results.
    """
    folder = course.root / "results" / assignment
    files = {
        path.stem: path for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")
    }
    read = {name: record.read(course, name, assignment) for name in files}
    results = [result for result in read.values() if result is not None]
    if not results:
        raise UsageError(
            f"no results of {assignment} in {folder}: run `autograder grade {assignment}` first"
        )
    submitted: list[str] = []
    with contextlib.suppress(UsageError):
        submitted = course.students(assignment)
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in files.values()), UTC)
    unread = [name for name, result in read.items() if result is None]
    return Recorded(results, unread, [name for name in submitted if name not in read], newest)


def analyse(
    assignment: Assignment,
    recorded: Recorded,
    booked: ClassMarks,
    class_: dict[str, Work],
    mistakes: list[Mistake] | None,
) -> Figures:
    """Work out all figures of a class; of the disk, only the assignment is read."""
    results = recorded.results
    tests = statistics.tests(results)
    shared = in_common(assignment, results, class_)
    common = None if mistakes is None else _common(known_mistakes.matches(results, mistakes))
    bare = [r.student for r in results if r.status == "graded" and r.student not in class_]
    needs = statistics.needs(results, recorded.unread, recorded.missing, bare)
    waiting = statistics.waiting(booked, results)
    students = class_list(results, recorded.unread, recorded.missing, booked)
    several = [
        (c.task, " Or: ".join(m.says for m in c.mistakes), len(c.matches)) for c in common or ()
    ]
    first = advice.advise(
        needs, waiting, tests, [each for each in several if each[2] > 1], len(shared), students
    )
    return Figures(
        recorded=recorded,
        marks=booked,
        spread=statistics.distribution(results),
        tasks=statistics.tasks(results),
        tests=tests,
        open=answers.left_open(class_, answers.released(assignment)),
        common=common,
        slow=statistics.slowest(results),
        needs=needs,
        waiting=waiting,
        students=students,
        shared=shared,
        compared=len(class_),
        first=first,
        mixed=statistics.mixed(results, assignment.suite_sha256),
    )


def _common(matches: Iterable[Match]) -> list[Common]:
    """Group the matches by mistake, the most frequent mistake first."""
    alike: dict[tuple[str, tuple[str, ...]], list[Match]] = {}
    for match in matches:
        alike.setdefault((match.task, tuple(m.program for m in match.mistakes)), []).append(match)
    common = [Common(task, each[0].mistakes, tuple(each)) for (task, _), each in alike.items()]
    return sorted(common, key=lambda c: -len(c.matches))

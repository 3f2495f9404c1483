"""Compute all figures of an assignment's report from the recorded results."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from autograder.core.assignment import Assignment
from autograder.gradebook.marks import ClassMarks
from autograder.report import advice, answers, attention, known_mistakes, statistics
from autograder.report.advice import Advice
from autograder.report.answers import Work
from autograder.report.attention import Need
from autograder.report.class_list import Row, class_list
from autograder.report.known_mistakes import Match, Mistake
from autograder.report.recorded import Recorded
from autograder.report.shared_code import Shared
from autograder.report.shared_work import in_common
from autograder.report.statistics import Distribution, Slow, TaskItem, TestItem


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
    read: int
    """Notebooks that were read, and those whose answers were compared with one another's."""
    compared: int
    first: list[Advice]
    mixed: str | None


def analyse(
    assignment: Assignment,
    recorded: Recorded,
    booked: ClassMarks,
    class_: dict[str, Work],
    mistakes: list[Mistake] | None,
    alone: Collection[str] | None = None,
) -> Figures:
    """Work out all figures of a class; of the disk, only the assignment is read.

    Args:
        alone: whose work is compared with that of others; None: everybody's.
    """
    results = recorded.results
    tests = statistics.tests(results)
    compared = {s: work for s, work in class_.items() if alone is None or s in alone}
    shared = in_common(assignment, results, compared)
    common = None if mistakes is None else _common(known_mistakes.matches(results, mistakes))
    bare = [r.student for r in results if r.status == "graded" and r.student not in class_]
    needs = attention.needs(results, recorded.unread, recorded.missing, bare)
    waiting = attention.waiting(booked, results)
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
        read=len(class_),
        compared=len(compared),
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

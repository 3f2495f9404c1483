"""Write the advice at the top of a report: what an instructor should do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.core.text import many
from autograder.report.attention import Need, sentence
from autograder.report.class_list import Row
from autograder.report.statistics import TestItem

OFTEN = 0.25
"""From this share of the class on, a failed test is worth a word in class."""


@dataclass(frozen=True)
class Advice:
    """Something to act on, as a sentence, and the section of the report that says more."""

    section: str
    text: str


def advise(
    found: Sequence[Need],
    waits: dict[str, list[str]],
    items: Sequence[TestItem],
    alike: Sequence[tuple[str, str, int]] = (),
    identical: int = 0,
    students: Sequence[Row] = (),
) -> list[Advice]:
    """Say in sentences what needs an instructor, the most urgent first.

    Args:
        alike: (task, mistake, number of students) for mistakes that several made.
        identical: how many groups have work in common.
        students: the class, those who handed in nothing too.
    """
    kinds = Counter(need.kind for need in found)
    return [
        *_without_result(kinds),
        *(_by_hand(task, len(names)) for task, names in waits.items()),
        *(Advice("tests", _often(item)) for item in _worst(items)),
        *(_common_mistake(*mistake) for mistake in alike),
        *(_doubtful(item) for item in items if (item.discrimination or 0) < 0),
        *_stopped(kinds["stopped"]),
        *_absent_and_late(students),
        *_identical(identical),
    ]


def _without_result(kinds: Counter[str]) -> Iterator[Advice]:
    """Submissions to grade again, and those to hand in again."""
    if faults := kinds["ungradable"] + kinds["unreadable"] + kinds["not graded"]:
        verb = "has" if faults == 1 else "have"
        yield Advice(
            "person",
            f"{many(faults, 'submission')} {verb} no usable result: grade the class again.",
        )
    if bare := kinds["no notebook"]:
        verb = "is" if bare == 1 else "are"
        yield Advice(
            "person",
            f"{many(bare, 'graded notebook')} {verb} missing or damaged: grade the class again.",
        )
    if rejected := kinds["rejected"]:
        whose = "its author" if rejected == 1 else "their authors"
        yield Advice(
            "person",
            f"{many(rejected, 'submission')} could not be used: {whose} must hand in again.",
        )


def _by_hand(task: str, answers: int) -> Advice:
    verb = "waits" if answers == 1 else "wait"
    text = f"{task}: {many(answers, 'answer')} {verb} to be graded by hand in formgrader."
    return Advice("manual", text)


def _common_mistake(task: str, mistake: str, count: int) -> Advice:
    text = f"{task}: {count} made what looks like the same mistake: {sentence(mistake)}"
    return Advice("mistakes", text)


def _doubtful(item: TestItem) -> Advice:
    """A test that good students fail more often than others."""
    why = (
        "students who fail it do better on the other tests than those who pass. Is the test right?"
    )
    return Advice("tests", f"{item.task}: look at {item.name}: {why}")


def _stopped(students: int) -> Iterator[Advice]:
    if students:
        yield Advice(
            "person",
            f"The code of {many(students, 'student')} was stopped: it ran too long, or its process "
            "ended.",
        )


def _absent_and_late(students: Sequence[Row]) -> Iterator[Advice]:
    absent, late = (
        sum(row.absent for row in students),
        sum(row.late is not None for row in students),
    )
    if absent:
        yield Advice("students", f"{absent} of {many(len(students), 'student')} handed in nothing.")
    if late:
        verb = "was" if late == 1 else "were"
        yield Advice("students", f"{many(late, 'submission')} {verb} late.")


def _identical(groups: int) -> Iterator[Advice]:
    if groups:
        verb = "has" if groups == 1 else "have"
        yield Advice(
            "identical",
            f"{many(groups, 'group')} of students {verb} work in common. This is a reason to "
            "look, not proof.",
        )


def _worst(items: Sequence[TestItem], count: int = 3) -> list[TestItem]:
    """The test that fails most often of each task, of the tasks where that is often."""
    worst: dict[str, TestItem] = {}
    for item in sorted(items, key=lambda item: -item.fail_rate):
        if item.fail_rate >= OFTEN:
            worst.setdefault(item.task, item)
    return list(worst.values())[:count]


def _often(item: TestItem) -> str:
    failed = f"{item.task}: {item.fail_rate:.0%} fail {item.name}"
    what = f" ({item.sentence.rstrip('.')})" if item.sentence else ""
    hint = f" Most often: {sentence(item.hint)}" if item.hint else ""
    return f"{failed}{what}.{hint}"

"""What an instructor acts on first: the head of a report, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.core.text import many
from autograder.report.statistics import Need, TestItem, sentence

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
) -> list[Advice]:
    """What to act on first, most urgent first; each a sentence.

    Args:
        alike: (task, mistake, number of students) for mistakes that several made.
        identical: how many groups have identical code.
    """
    kinds = Counter(need.kind for need in found)
    said = []
    if faults := kinds["ungradable"] + kinds["unreadable"] + kinds["not graded"]:
        verb = "has" if faults == 1 else "have"
        said.append(
            Advice(
                "person",
                f"{many(faults, 'submission')} {verb} no usable result: grade the class again.",
            )
        )
    if kinds["rejected"]:
        whose = "its author" if kinds["rejected"] == 1 else "their authors"
        text = (
            f"{many(kinds['rejected'], 'submission')} could not be used: {whose} must hand "
            "in again."
        )
        said.append(Advice("person", text))
    for task, names in waits.items():
        verb = "waits" if len(names) == 1 else "wait"
        said.append(
            Advice(
                "manual",
                f"{task}: {many(len(names), 'answer')} {verb} for a person's score in formgrader.",
            )
        )
    said += [Advice("tests", _often(item)) for item in _worst(items)]
    for task, mistake, count in alike:
        said.append(
            Advice(
                "mistakes",
                f"{task}: {count} made what looks like the same mistake: {sentence(mistake)}",
            )
        )
    for item in items:
        if item.discrimination is not None and item.discrimination < 0:
            what = "students who fail it do better in the rest than those who pass. Is it right?"
            said.append(Advice("tests", f"{item.task}: look at {item.name}: {what}"))
    if kinds["stopped"]:
        text = (
            f"Code of {many(kinds['stopped'], 'student')} was stopped: it ran too long, or its "
            "process ended."
        )
        said.append(Advice("person", text))
    if identical:
        verb = "shares" if identical == 1 else "share"
        text = (
            f"{many(identical, 'group')} of students {verb} long pieces of code. A hint to look, "
            "no proof."
        )
        said.append(Advice("identical", text))
    return said


def _worst(items: Sequence[TestItem], count: int = 3) -> list[TestItem]:
    """The test that fails most often of each task, of the tasks where that is often."""
    worst: dict[str, TestItem] = {}
    for item in sorted(items, key=lambda item: item.pass_rate):
        if 1 - item.pass_rate >= OFTEN:
            worst.setdefault(item.task, item)
    return list(worst.values())[:count]


def _often(item: TestItem) -> str:
    failed = f"{item.task}: {1 - item.pass_rate:.0%} fail {item.name}"
    what = f" ({item.sentence.rstrip('.')})" if item.sentence else ""
    hint = f" Most often: {sentence(item.hint)}" if item.hint else ""
    return f"{failed}{what}.{hint}"

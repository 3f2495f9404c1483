"""Find who needs a person: submissions without a grade, stopped code, answers to score by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.core.faults import TROUBLE, WORDS
from autograder.core.outcome import Result
from autograder.core.text import many
from autograder.gradebook.marks import ClassMarks


@dataclass(frozen=True)
class Need:
    """A submission that needs a person: what kind of case it is, and why, as a sentence."""

    student: str
    kind: str
    why: str


def needs(
    results: Iterable[Result],
    unread: Iterable[str] = (),
    missing: Iterable[str] = (),
    bare: Iterable[str] = (),
) -> list[Need]:
    """Who needs a person, most urgent kind first.

    Args:
        unread: students whose result on record can't be read.
        missing: students who handed in and have no result.
        bare: graded students whose graded notebook is missing or damaged.
    """
    results = list(results)
    again = "grade the class again"
    found = [
        Need(r.student, "ungradable", r.reason or "") for r in results if r.status == "ungradable"
    ]
    found += [
        Need(name, "unreadable", f"The result on record is damaged or was edited; {again}.")
        for name in unread
    ]
    found += [
        Need(name, "not graded", f"Handed in, but no result is on record; {again}.")
        for name in missing
    ]
    damaged = f"The graded notebook is missing or damaged; {again}."
    found += [Need(name, "no notebook", damaged) for name in bare]
    found += [
        Need(r.student, "rejected", r.reason or "") for r in results if r.status == "rejected"
    ]
    found += [Need(r.student, "stopped", text) for r in results if (text := trouble(r))]
    return found + [
        Need(r.student, "remark", sentence("; ".join(r.notes))) for r in results if r.notes
    ]


def trouble(result: Result) -> str:
    """What was stopped while a submission was tested, as a sentence; empty if nothing was."""
    found = [
        (task.id, test.outcome)
        for task in result.tasks
        for test in task.tests
        if test.outcome in TROUBLE
    ]
    counts = Counter(found)
    parts = (
        f"{task} {WORDS[outcome]} in {many(n, 'test')}" for (task, outcome), n in counts.items()
    )
    return sentence("; ".join(parts))


def waiting(marks: ClassMarks, results: Iterable[Result]) -> dict[str, list[str]]:
    """Who has an answer that waits for a person's score, by task.

    A submission that is not graded waits as a whole.
    """
    found: dict[str, list[str]] = {}
    not_graded = {result.student for result in results if result.status != "graded"}
    for student, booked in marks.booked.items():
        if student in not_graded:
            continue
        for task, mark in booked.marks.items():
            if mark.needs_person:
                found.setdefault(task, []).append(student)
    return found


def sentence(text: str) -> str:
    """The text with a full stop, if it has no end yet."""
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."

"""List everybody of a class: what came of each submission, who was late, who is missing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.core.outcome import Result
from autograder.gradebook.marks import ClassMarks, Person

ABSENT = "nothing handed in"


@dataclass(frozen=True)
class Row:
    """A student, and what became of the submission.

    `score` is that of the hidden tests, `mark` that of the gradebook. `late` is None where the
    submission was in time, or where the gradebook knows no due date or no time.
    """

    person: Person
    status: str
    score: float | None = None
    mark: float | None = None
    handed_in: datetime.datetime | None = None
    late: datetime.timedelta | None = None

    @property
    def absent(self) -> bool:
        """Whether nothing was handed in."""
        return self.status == ABSENT


def class_list(
    results: list[Result], unread: list[str], missing: list[str], marks: ClassMarks
) -> list[Row]:
    """Everybody in the gradebook or with a submission, by last name.

    Args:
        unread: students whose result on record can't be read.
        missing: students who handed in and have no result.
    """
    status = {result.student: str(result.status) for result in results}
    status |= dict.fromkeys(unread, "unreadable") | dict.fromkeys(missing, "not graded")
    scores = {result.student: result.score for result in results}
    people = {student: marks.people.get(student, Person(student)) for student in status}
    everybody = marks.people | people
    rows = [
        _row(person, status.get(student, ABSENT), scores.get(student), marks)
        for student, person in everybody.items()
    ]
    return sorted(rows, key=lambda row: _order(row.person))


def lateness(late: datetime.timedelta) -> str:
    """2 d 3 h, 3 h 5 min, 5 min; the next minute counts."""
    minutes = -(-int(late.total_seconds()) // 60)
    return " ".join(_parts(max(1, minutes)))


def _parts(minutes: int) -> Iterator[str]:
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    amounts = ((days, "d"), (hours, "h"), (0 if days else minutes, "min"))
    return (f"{amount} {unit}" for amount, unit in amounts if amount)


def _row(person: Person, status: str, score: float | None, marks: ClassMarks) -> Row:
    booked = marks.booked.get(person.id)
    if booked is None:
        return Row(person, status, score)
    mark = booked.score if status == "graded" else None
    return Row(person, status, score, mark, booked.timestamp, booked.late(marks.due))


def _order(person: Person) -> tuple[str, str, str]:
    named = (person.last_name, person.first_name) if person.name else (person.id, "")
    return named[0].casefold(), named[1].casefold(), person.id

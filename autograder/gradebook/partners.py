"""Give what a person scored for one member of a group to the others, who have the same answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.core.course import Course
from autograder.core.text import points
from autograder.gradebook import by_hand, marks
from autograder.gradebook.by_hand import Given
from autograder.gradebook.marks import Booked
from autograder.pipeline import record


@dataclass(frozen=True)
class Shared:
    """How many scores were given on; and the tasks for which partners' scores differ, with them."""

    given: int = 0
    differ: tuple[str, ...] = ()


def share_by_hand(course: Course, assignment: str) -> Shared:
    """Enter scores and comments that formgrader has for one member of a group for its others too.

    Only where they have the same submission, and an answer still waits for a person. A person may
    want partners to have different scores: what differs stays, and is told. Extra credit is of one
    student.

    Raises:
        UsageError: groups.csv or the gradebook can't be used.
    """
    members = course.groups.students(assignment)
    booked = marks.read(course, assignment).booked if members else {}
    groups = {course.groups.of(student, assignment) for student in members & booked.keys()}
    given: list[Given] = []
    differ: list[str] = []
    for group in sorted(groups):
        for same in _of_one_submission(course, assignment, group, booked):
            _compare(same, given, differ)
    entered = by_hand.enter(course, assignment, given, force=False).entered if given else []
    return Shared(len(entered), tuple(differ))


# --- helpers ---


def _of_one_submission(
    course: Course, assignment: str, group: tuple[str, ...], booked: dict[str, Booked]
) -> Iterator[list[Booked]]:
    """Members whose marks are of the same submission."""
    found: dict[str, list[Booked]] = defaultdict(list)
    for student in group:
        result = record.read(course, student, assignment)
        if result is not None and student in booked:
            found[result.provenance.submission_sha256].append(booked[student])
    yield from (same for same in found.values() if len(same) > 1)


def _compare(same: list[Booked], given: list[Given], differ: list[str]) -> None:
    """Note what each answer's scores by hand mean for those who have none."""
    for task in same[0].marks:
        scored = [
            (each, mark.manual)
            for each in same
            if (mark := each.marks[task]).manual is not None and not mark.needs_person
        ]
        if not scored:
            continue
        (first, score), waiting = scored[0], [one for one in same if one.marks[task].needs_person]
        others = [one for one in same if one not in waiting and one.marks[task].base != score]
        if others:
            told = ", ".join(
                f"{one.person.id} {points(one.marks[task].base or 0)}"
                for one in same
                if one not in waiting
            )
            differ.append(f"{task} ({told})")
            continue
        comment = first.comments.get(task, "")
        given += [
            Given(one.person.id, task, score, comment)
            for one in waiting
            if one.marks[task].manual is None
        ]

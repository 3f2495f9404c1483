"""Find students who may be there by mistake: a mistyped name, or one that was taken out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from autograder.core.course import Course
from autograder.gradebook import extensions, marks


@dataclass(frozen=True)
class Strangers:
    """Students whom nobody knows, and whom extensions.csv or groups.csv names; and those who have a
    result on record, though they handed in nothing, alone or in a group.
    """

    extended: tuple[str, ...]
    grouped: tuple[str, ...]
    left: tuple[str, ...]


def strangers(course: Course, assignment: str, new: Set[str]) -> Strangers:
    """Whom the files name for an assignment, and nobody knows; and whose result nobody handed in.

    Who grades a group enters its members in the gradebook. So one of them who handed in nothing is
    a stranger if they are new there, or if the gradebook has no name of theirs, and has names of
    others.

    Args:
        new: whom the gradebook did not have before the run.

    Raises:
        UsageError: the gradebook, groups.csv or extensions.csv can't be read.
    """
    submitted = course.root / "submitted"
    handed_in = {path.name for path in submitted.glob("*")}
    extended = extensions.read(course, assignment).keys() - handed_in
    grouped = course.groups.students(assignment) - handed_in
    people = marks.people(course) if extended or grouped else {}
    named = {id_: bool(person.name) for id_, person in people.items() if id_ not in new}
    unknown = {
        name for name in grouped if name not in named or (any(named.values()) and not named[name])
    }
    graded = {path.stem for path in course.result("", assignment).parent.glob("[!.]*.json")}
    present = {path.parent.name for path in submitted.glob(f"*/{assignment}")}
    present |= {member for name in present for member in course.groups.of(name, assignment)}
    return Strangers(
        tuple(sorted(extended - named.keys())),
        tuple(sorted(unknown)),
        tuple(sorted(graded - present)),
    )

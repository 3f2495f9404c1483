"""Know which students hand in one submission together: groups.csv in the course directory."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.core import csv_rows
from autograder.core.assignment import assignments
from autograder.core.errors import UsageError

FILE = "groups.csv"
ALL = "*"
"""As an assignment: all for which a student has no other group."""


@dataclass(frozen=True)
class Groups:
    """Who works together; everybody else works alone."""

    _of: Mapping[tuple[str, str], tuple[str, ...]]
    """Members by assignment and student."""

    def of(self, student: str, assignment: str) -> tuple[str, ...]:
        """All of a student's group, in the order of the file; the student where there is none."""
        own = self._of.get((assignment, student))
        if own is not None:
            return own
        usual = self._of.get((ALL, student), (student,))
        return tuple(each for each in usual if (assignment, each) not in self._of)

    def first(self, student: str, assignment: str, among: Container[str]) -> str:
        """Who stands for a student's group: the first of it that is among these; the student is."""
        return next(member for member in self.of(student, assignment) if member in among)

    def students(self, assignment: str) -> set[str]:
        """All who work in a group for the assignment."""
        return {student for each, student in self._of if each in (assignment, ALL)}


def read(root: Path) -> Groups:
    """The groups of a course directory, none where there is no file.

    Its columns are `group` and `student`, and `assignment` where a group is not for all of them.

    Raises:
        UsageError: the file can't be read, has other columns, an empty cell, an unknown assignment,
            or one student in two groups.
    """
    members: dict[tuple[str, str], list[str]] = {}
    groups: dict[tuple[str, str], str] = {}
    try:
        for row in csv_rows.rows(root / FILE, ("group", "student"), ("assignment",)):
            group, student, assignment = row["group"], row["student"], row["assignment"] or ALL
            if not group or not student:
                raise UsageError(f"{row.place}: a group or a student is missing")
            if assignment != ALL and assignment not in (names := assignments()):
                raise UsageError(
                    f"{row.place}: no assignment {assignment!r}; write one of {', '.join(names)}, "
                    "or leave the cell empty for all"
                )
            other = groups.setdefault((assignment, student), group)
            if other != group:
                raise UsageError(
                    f"{row.place}: {student} is in the groups {other} and {group}; for one "
                    "assignment a student can be in only one group; remove one of the lines"
                )
            known = members.setdefault((assignment, group), [])
            known += [student] if student not in known else []
    except FileNotFoundError:
        pass
    return Groups(
        {
            (assignment, student): tuple(members[assignment, group])
            for (assignment, student), group in groups.items()
        }
    )

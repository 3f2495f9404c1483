"""What nbgrader's gradebook says of a class: automatic and
manual scores, penalties, comments, names.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import select

from autograder.core.course import Course
from autograder.gradebook.book import exists, opened


@dataclass(frozen=True)
class Person:
    """A student as the gradebook knows them; what it does not know is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass(frozen=True)
class Mark:
    """The score of one cell.

    `auto` is None where only a person can give one, `manual` where none has.
    """

    points: float
    auto: float | None
    manual: float | None
    extra: float
    needs_person: bool

    @property
    def score(self) -> float:
        """As nbgrader counts: a person's score before the
        automatic one, and extra credit on top of either.
        """
        given = self.auto if self.manual is None else self.manual
        return 0.0 if given is None else given + self.extra


@dataclass(frozen=True)
class Booked:
    """One student's submission of an assignment.

    Keys of `marks` are tasks, those of `comments` tasks too.
    """

    person: Person
    timestamp: datetime.datetime | None = None  # UTC, without a zone, as nbgrader keeps it
    penalty: float = 0.0
    marks: dict[str, Mark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """All tasks, less the late penalty; never below 0."""
        return max(0.0, sum(mark.score for mark in self.marks.values()) - self.penalty)

    @property
    def needs_person(self) -> bool:
        """Whether a task waits for a person."""
        return any(mark.needs_person for mark in self.marks.values())


@dataclass(frozen=True)
class ClassMarks:
    """Everybody in the gradebook, and who of them has a submission of the assignment booked."""

    assignment: str
    due: datetime.datetime | None
    points: float
    """Of all tasks, the manual ones too."""
    people: dict[str, Person]
    booked: dict[str, Booked]


def read(course: Course, assignment: str) -> ClassMarks:
    """Read the marks of a class for one assignment; a few
    queries, however large the class. None without a gradebook.

    Raises:
        UsageError: the database can't be opened, or stays locked.
    """
    if not exists(course):  # to open it would make one
        return ClassMarks(assignment, None, 0.0, {}, {})
    with opened(course) as gradebook:
        db = gradebook.db
        due = db.scalar(select(Assignment.duedate).where(Assignment.name == assignment))
        columns = (
            Student.id,
            Student.first_name,
            Student.last_name,
            Student.email,
            Student.lms_user_id,
        )
        people = {
            row[0]: Person(*(value or "" for value in row)) for row in db.execute(select(*columns))
        }
        cells = dict[str, tuple[str, float]]()
        of_assignment = select(Notebook.id).join(Assignment).where(Assignment.name == assignment)
        for kind in (GradeCell, SolutionCell, TaskCell):
            points = kind.max_score if hasattr(kind, "max_score") else None
            wanted = (kind.id, kind.name, points) if points is not None else (kind.id, kind.name)
            for row in db.execute(select(*wanted).where(kind.notebook_id.in_(of_assignment))):
                cells[row[0]] = (
                    row[1].removesuffix("-test"),
                    float(row[2]) if len(row) > 2 and row[2] else 0.0,
                )
        booked: dict[str, Booked] = {}
        of_notebook: dict[str, Booked] = {}
        submissions = (
            select(
                SubmittedAssignment.student_id,
                SubmittedAssignment.timestamp,
                SubmittedNotebook.id,
                SubmittedNotebook.late_submission_penalty,
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == assignment)
        )
        for student, timestamp, notebook, penalty in db.execute(submissions):
            of_notebook[notebook] = booked[student] = Booked(
                people[student], timestamp, penalty or 0.0
            )
        grades = select(
            Grade.notebook_id,
            Grade.cell_id,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        for notebook, cell, auto, manual, extra, needs in db.execute(grades):
            if notebook in of_notebook:
                name, points = cells[cell]
                of_notebook[notebook].marks[name] = Mark(
                    points, auto, manual, extra or 0.0, bool(needs)
                )
        for notebook, cell, text in db.execute(
            select(Comment.notebook_id, Comment.cell_id, Comment.manual_comment)
        ):
            if notebook in of_notebook and text:
                of_notebook[notebook].comments[cells[cell][0]] = text
    total = sum(points for _, points in cells.values())
    return ClassMarks(
        assignment, due, total, dict(sorted(people.items())), dict(sorted(booked.items()))
    )

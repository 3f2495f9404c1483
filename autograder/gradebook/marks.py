"""Read the marks of a class from nbgrader's gradebook: scores, late penalties, comments, names."""

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
from sqlalchemy.orm import Session

from autograder.core.course import Course
from autograder.gradebook.database import exists, opened


@dataclass(frozen=True)
class Person:
    """A student in the gradebook; fields that it does not have are empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """The name as people write it; empty where the gradebook knows the id only."""
        name = " ".join(part for part in (self.first_name, self.last_name) if part)
        return "" if name == self.id else name


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
    def base(self) -> float | None:
        """A person's score, or else the automatic one; None where there is neither."""
        return self.auto if self.manual is None else self.manual

    @property
    def score(self) -> float:
        """`base` and extra credit; as nbgrader counts."""
        return 0.0 if self.base is None else self.base + self.extra


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
    extension: datetime.timedelta = datetime.timedelta(0)

    def late(self, due: datetime.datetime | None) -> datetime.timedelta | None:
        """How long after the due date and the extension it was handed in; None if in time, or if
        one of the times is not known.
        """
        if due is None or self.timestamp is None:
            return None
        late = self.timestamp - due - self.extension
        return late if late > datetime.timedelta(0) else None

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


@dataclass(frozen=True)
class _Cell:
    """A marked cell of the assignment: its task, and its points."""

    task: str
    points: float


def read(course: Course, assignment: str) -> ClassMarks:
    """Read the marks of a class for one assignment; without a gradebook there are none.

    The number of queries does not depend on the size of the class.

    Raises:
        UsageError: the database can't be opened, or stays locked.
    """
    if not exists(course):  # to open it would make one
        return ClassMarks(assignment, None, 0.0, {}, {})
    with opened(course) as gradebook:
        db = gradebook.db
        due = db.scalar(select(Assignment.duedate).where(Assignment.name == assignment))
        people = _people(db)
        cells = _cells(db, assignment)
        by_notebook = _submissions(db, assignment, people)
        _enter_scores(db, cells, by_notebook)
        _enter_comments(db, cells, by_notebook)
    booked = {submission.person.id: submission for submission in by_notebook.values()}
    total = sum(cell.points for cell in cells.values())
    return ClassMarks(
        assignment, due, total, dict(sorted(people.items())), dict(sorted(booked.items()))
    )


def people(course: Course) -> dict[str, Person]:
    """Everybody in the gradebook, by id; nobody without one.

    Raises:
        UsageError: the database can't be opened, or stays locked.
    """
    if not exists(course):  # to open it would make one
        return {}
    with opened(course) as gradebook:
        return _people(gradebook.db)


def _people(db: Session) -> dict[str, Person]:
    columns = select(
        Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id
    )
    return {row[0]: Person(*(value or "" for value in row)) for row in db.execute(columns)}


def _cells(db: Session, assignment: str) -> dict[str, _Cell]:
    """The marked cells of the assignment, by their ids in the database."""
    cells = {}
    of_assignment = select(Notebook.id).join(Assignment).where(Assignment.name == assignment)
    for kind in (GradeCell, SolutionCell, TaskCell):
        points = kind.max_score if hasattr(kind, "max_score") else None
        wanted = (kind.id, kind.name, points) if points is not None else (kind.id, kind.name)
        for row in db.execute(select(*wanted).where(kind.notebook_id.in_(of_assignment))):
            cells[row[0]] = _Cell(
                row[1].removesuffix("-test"), float(row[2]) if len(row) > 2 and row[2] else 0.0
            )
    return cells


def _submissions(db: Session, assignment: str, people: dict[str, Person]) -> dict[str, Booked]:
    """The submissions of the assignment, still without marks, by the id of their notebook."""
    submissions = (
        select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            SubmittedNotebook.id,
            SubmittedNotebook.late_submission_penalty,
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment)
    )
    return {
        notebook: Booked(
            people[student],
            timestamp,
            penalty or 0.0,
            extension=extension or datetime.timedelta(0),
        )
        for student, timestamp, extension, notebook, penalty in db.execute(submissions)
        if student in people
    }


def _enter_scores(db: Session, cells: dict[str, _Cell], by_notebook: dict[str, Booked]) -> None:
    grades = select(
        Grade.notebook_id,
        Grade.cell_id,
        Grade.auto_score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
    )
    for notebook, cell_id, auto, manual, extra, needs in db.execute(grades):
        if notebook in by_notebook and cell_id in cells:
            cell = cells[cell_id]
            mark = Mark(cell.points, auto, manual, extra or 0.0, bool(needs))
            by_notebook[notebook].marks[cell.task] = mark


def _enter_comments(db: Session, cells: dict[str, _Cell], by_notebook: dict[str, Booked]) -> None:
    comments = select(Comment.notebook_id, Comment.cell_id, Comment.manual_comment)
    for notebook, cell_id, text in db.execute(comments):
        if notebook in by_notebook and cell_id in cells and text:
            by_notebook[notebook].comments[cells[cell_id].task] = text

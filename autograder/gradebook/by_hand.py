"""Enter scores and comments that people gave into nbgrader's gradebook, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.core.course import Course
from autograder.core.text import points
from autograder.gradebook.database import exists, opened
from autograder.gradebook.late_penalties import LatePenalties

_MISSING = "the gradebook does not have this answer; run `autograder grade` first"
_Key = tuple[str, str]
"""A student and a task."""


@dataclass(frozen=True)
class Given:
    """What a person gave for one answer; the comment may be empty."""

    student: str
    task: str
    score: float
    comment: str


@dataclass
class Entered:
    """What became of scores: entered, in the gradebook already, or left out with the reason."""

    entered: list[Given] = field(default_factory=list)
    unchanged: list[Given] = field(default_factory=list)
    kept: list[tuple[Given, str]] = field(default_factory=list)


def enter(course: Course, assignment: str, given: Sequence[Given], *, force: bool) -> Entered:
    """Enter scores and comments as formgrader does, and work the late penalties out anew.

    Args:
        force: replace a score or a comment that the gradebook has and that differs.

    Raises:
        UsageError: the database can't be used, or the plugin for late submissions fails.
    """
    done = Entered()
    if not exists(course):  # to open it would make one
        done.kept += [(each, _MISSING) for each in given]
        return done
    penalties = LatePenalties(course)
    with opened(course) as gradebook:
        db = gradebook.db
        grades = _rows(db, Grade, GradeCell, assignment, given)
        comments = _rows(db, Comment, SolutionCell, assignment, given)
        touched = set[str]()
        for each in given:
            key = each.student, each.task
            if _enter(each, grades.get(key), comments.get(key), done, force=force):
                touched.add(each.student)
        for submission in _submissions(db, assignment, touched):
            penalties.assign(gradebook, submission)
        db.commit()
    return done


# --- helpers ---


def _enter(given: Given, grade: Any, comment: Any, done: Entered, *, force: bool) -> bool:
    """Enter one score; whether anything changed."""
    if grade is None or comment is None:
        done.kept.append((given, _MISSING))
        return False
    said = comment.manual_comment or ""
    if (grade.manual_score, said) == (given.score, given.comment):
        done.unchanged.append(given)
        grade.needs_manual_grade = False
        return False
    if grade.manual_score is not None and grade.needs_manual_grade:
        force = True  # it was given for another answer
    if not force and grade.manual_score not in (None, given.score):
        numbers = f"{points(grade.manual_score)}, the file {points(given.score)}"
        done.kept.append((given, f"the gradebook has {numbers}; --force replaces it"))
        return False
    if not force and said not in ("", given.comment):
        done.kept.append((given, "the gradebook has another comment; --force replaces it"))
        return False
    grade.manual_score, grade.needs_manual_grade = given.score, False
    comment.manual_comment = given.comment or None
    done.entered.append(given)
    return True


def _rows(
    db: Session, table: Any, kind: Any, assignment: str, given: Iterable[Given]
) -> dict[_Key, Any]:
    """The rows of a table for these answers, by student and task."""
    chosen = (
        select(SubmittedAssignment.student_id, kind.name, table)
        .join(SubmittedNotebook, table.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(kind, table.cell_id == kind.id)
        .where(Assignment.name == assignment)
        .where(kind.name.in_({each.task for each in given}))
    )
    return {(student, task): row for student, task, row in db.execute(chosen)}


def _submissions(db: Session, assignment: str, students: set[str]) -> list[SubmittedAssignment]:
    chosen = (
        select(SubmittedAssignment)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == assignment)
    )
    return [one for one in db.scalars(chosen) if one.student_id in students]

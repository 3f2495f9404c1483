"""Make the page about one of several submissions of a student, or about one that is not graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.core.assignment import Assignment
from autograder.core.attempts import Policy
from autograder.core.course import Course
from autograder.core.outcome import Result
from autograder.core.text import points
from autograder.feedback import reasons
from autograder.feedback.source import Source
from autograder.feedback.student_page import page
from autograder.feedback.which_counts import partners
from autograder.gradebook.marks import ClassMarks, Person
from autograder.pipeline import graded_notebook, record
from autograder.pipeline.graded_notebook import GradedNotebook
from autograder.report.known_mistakes import Mistake


@dataclass(frozen=True)
class Attempt:
    """The result of one submission, its graded notebook, and the result that counts."""

    result: Result
    notebook: GradedNotebook | None
    counts: Result

    @property
    def is_counted(self) -> bool:
        """Whether it is the one that counts."""
        ours, theirs = self.result.provenance, self.counts.provenance
        return ours.submission_sha256 == theirs.submission_sha256


def attempt_of(course: Course, assignment: Assignment, student: str, sha256: str) -> Attempt | None:
    """What became of the submission of this digest; where it has no result, because only the latest
    is graded, of the one that counts. None if nothing is on record."""
    counts = record.read(course, student, assignment.name)
    if counts is None:
        return None
    found = record.of_submission(course, student, assignment.name, sha256)
    result, place = found or (counts, course.autograded(student, assignment.name))
    return Attempt(result, graded_notebook.read_at(place), counts)


def attempt_page(
    assignment: Assignment,
    attempt: Attempt,
    policy: Policy,
    booked: ClassMarks,
    handed_in: datetime,
    group: Sequence[str],
    mistakes: Sequence[Mistake] = (),
) -> bytes:
    """The page about a submission, handed in at that time (UTC), for who handed it in.

    The gradebook's scores and comments are on the page of the one that counts.
    """
    result, notebook = attempt.result, attempt.notebook
    counts = [] if attempt.is_counted else [_other(policy, attempt.counts)]
    return page(
        Source(
            assignment,
            result,
            notebook.sha256 if notebook else "",
            notebook.cells if notebook else [],
            booked.people.get(result.student, Person(result.student)),
            booked.booked.get(result.student) if attempt.is_counted else None,
            assignment.points,
            reasons.first_of_tasks(result, assignment, mistakes),
            handed_in=handed_in,
            stands=attempt.is_counted,
            counted=(*counts, *partners(result.student, result.student, group)),
        )
    )


def refused_page(
    assignment: Assignment,
    result: Result,
    booked: ClassMarks,
    handed_in: datetime,
    *,
    ruled: bool,
) -> bytes:
    """The page about a submission that was not graded, with the reason for its author.

    Args:
        ruled: whether a rule of the course, and no fault of the file, is the reason.
    """
    person = booked.people.get(result.student, Person(result.student))
    source = Source(assignment, result, "", [], person, None, assignment.points)
    return page(replace(source, handed_in=handed_in, ruled=ruled))


def _other(policy: Policy, counts: Result) -> str:
    score = "" if counts.score is None else f", with {points(counts.score)} points from the tests"
    return f"This submission does not count: your {policy} one does{score}"

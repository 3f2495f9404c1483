"""Read what a student wrote, as it was graded; say why where there is nothing to read."""

from __future__ import annotations

import hashlib
import re

from autograder.core import attempts, limits
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.limits import Limits
from autograder.core.outcome import Result
from autograder.gradebook.marks import ClassMarks
from autograder.pages.markdown_html import HEADING, at_headings
from autograder.pipeline import handed_in, record
from autograder.report import answers
from autograder.report.answers import Work

REJECTED = "rejected"


class NothingToReadError(Exception):
    """Why a student has no answers to read, as a part of a sentence."""


class WrittenAnswers:
    """The written answers of a class for one assignment."""

    def __init__(self, course: Course, assignment: Assignment, marks: ClassMarks) -> None:
        self._course = course
        self._assignment = assignment
        self._marks = marks
        self._bounds: Limits = limits.load(assignment, course)
        self._policy = attempts.load(assignment, course).policy

    def of(self, student: str) -> tuple[Work, Result]:
        """A student's answers, and the result on record.

        Raises:
            NothingToReadError: the submission is not graded, or not the one that was.
        """
        name = self._assignment.name
        result = record.read(self._course, student, name)
        if result is None or result.status == "ungradable":
            raise NothingToReadError("not graded yet")
        if handed_in.counted(self._course, result, self._policy, self._bounds) is None:
            raise NothingToReadError("handed in again since it was graded")
        if result.status == "rejected":
            raise NothingToReadError(REJECTED)
        work = answers.read(self._course, student, name)
        if work is None:
            raise NothingToReadError("the graded notebook is missing or damaged")
        if student not in self._marks.booked:
            raise NothingToReadError("not in the gradebook yet")
        return work, result


def digest(answer: str) -> str:
    """What tells whether an answer is the one that was read."""
    return hashlib.sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()


def question(assignment: Assignment, task: str) -> tuple[str, str]:
    """The title of a written task and its text: the Markdown right above its cell, from its last
    heading on.
    """
    prose: list[str] = []
    for cell in assignment.released["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade_id") == task:
            break
        prose = [*prose, cell["source"]] if cell["cell_type"] == "markdown" else []
    *_, (heading, text) = at_headings("\n\n".join(prose))
    found = HEADING.fullmatch(heading)
    return (re.sub(r"[*`$]", "", found[2]) if found else task), text

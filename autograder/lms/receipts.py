"""Write a table of the SHA-256 of every submission, as students see it on their cards and pages."""

from __future__ import annotations

from pathlib import Path

from autograder.core.assignment import Assignment
from autograder.core.course import Course, valid_student
from autograder.core.files import write
from autograder.core.limits import Limits
from autograder.lms.sheet import defused, table
from autograder.pipeline import intake


def write_receipts(course: Course, assignment: Assignment, bounds: Limits) -> Path:
    """Write the digests of the files that are in submitted/ now; "" of one that can't be graded.

    Raises:
        OSError: the file can't be written.
    """
    name = assignment.name
    students = sorted(path.parent.name for path in (course.root / "submitted").glob(f"*/{name}"))
    rows = [
        [defused(student), intake.digest(student, course.submission(student, name), bounds)]
        for student in students
        if valid_student(student)
    ]
    path = course.root / "reports" / f"{name}_receipts.csv"
    write(path, table([["student", "sha256"], *rows]))
    return path

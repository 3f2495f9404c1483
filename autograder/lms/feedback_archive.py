"""Pack students' feedback pages for a platform that takes many at once: Moodle or Canvas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.files import writing
from autograder.lms import platform_names
from autograder.lms.filenames import Scheme

DATE = (2026, 1, 1, 0, 0, 0)
"""Of every page in an archive: the same pages make the same archive."""


@dataclass(frozen=True)
class FeedbackArchive:
    """An archive: its path, how many pages it holds, and who came another way than the platform."""

    path: Path
    pages: int
    strangers: tuple[str, ...]


def names_of(course: Course, assignment: Assignment, platform: Scheme) -> dict[str, str]:
    """What stands before the name of each student's page on a platform.

    Raises:
        UsageError: nothing was collected from that platform.
    """
    known = platform_names.read(course, assignment.name)
    if known.scheme != platform:
        came = f"came from {known.scheme}" if known.prefixes else "were not collected from there"
        raise UsageError(
            f"--zip {platform.lower()}: the submissions of {assignment.name} {came}; run "
            f"`autograder collect {assignment.name}` with {platform}'s archive first"
        )
    return known.prefixes


def pack(
    course: Course,
    assignment: Assignment,
    platform: Scheme,
    names: Mapping[str, str],
    students: Iterable[str],
) -> FeedbackArchive:
    """Write reports/<assignment>_feedback_<platform>.zip with the pages of these students.

    Raises:
        UsageError: there is no page to pack; an archive that is there stays as it is.
        OSError: the disk is full, or a page is gone.
    """
    path = course.root / "reports" / f"{assignment.name}_feedback_{platform.lower()}.zip"
    students = sorted(students)
    packed = [student for student in students if names.get(student)]
    if not packed:
        raise UsageError(
            f"--zip {platform.lower()}: no archive was written, since nobody who came from "
            f"{platform} has a page yet; run `autograder grade {assignment.name}` first"
        )
    with writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for student in packed:
            info = zipfile.ZipInfo(f"{names[student]}{assignment.name}.html", DATE)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, course.feedback(student, assignment.name).read_bytes())
    strangers = tuple(student for student in students if not names.get(student))
    return FeedbackArchive(path, len(packed), strangers)

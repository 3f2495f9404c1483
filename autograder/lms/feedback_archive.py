"""Pack students' feedback pages for a platform that takes many at once: Moodle or Canvas."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
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
        OSError: the disk is full, or a page is gone.
    """
    path = course.root / "reports" / f"{assignment.name}_feedback_{platform.lower()}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    strangers, pages = [], 0
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for student in sorted(students):
                prefix = names.get(student)
                if not prefix:
                    strangers.append(student)
                    continue
                info = zipfile.ZipInfo(f"{prefix}{assignment.name}.html", DATE)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, course.feedback(student, assignment.name).read_bytes())
                pages += 1
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return FeedbackArchive(path, pages, tuple(strangers))

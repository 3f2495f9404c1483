"""Remember how a platform names each student's files, for the archive of feedback that it takes.

- Moodle, "Upload multiple feedback files in a zip": `Jane Doe_123_assignfeedback_file_page.html`,
  with the participant's number in this assignment.
- Canvas, "Upload Submissions": `doejane_123_456_page.html`, which begins as the submission's own
  name does: Canvas asks for the user's ID and the file's.
"""

from __future__ import annotations

import contextlib
import unicodedata
from pathlib import PurePosixPath

import msgspec

from autograder.core.course import Course
from autograder.core.files import write
from autograder.lms.filenames import Claim, Scheme


class PlatformNames(msgspec.Struct):
    """Where submissions came from, and by student what stands before the name of a page there."""

    scheme: Scheme = "plain"
    prefixes: dict[str, str] = {}


def prefix_of(claim: Claim, path: PurePosixPath, scheme: Scheme) -> str:
    """What the platform wants before the name of a student's page; "" where it takes none."""
    if scheme == "Moodle" and claim.user:
        # Moodle looks for the number after the first underscore.
        return f"{claim.who.replace('_', ' ')}_{claim.user}_assignfeedback_file_"
    if scheme == "Canvas":
        return unicodedata.normalize("NFC", path.name).removesuffix(claim.name)
    return ""


def read(course: Course, assignment: str) -> PlatformNames:
    """What is known of an assignment; of nobody, where nothing was collected."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        data = course.platform_names(assignment).read_bytes()
        return msgspec.json.decode(data, type=PlatformNames)
    return PlatformNames()


def add(course: Course, assignment: str, scheme: Scheme, prefixes: dict[str, str]) -> None:
    """Note the names of one archive; those of earlier ones stay, if they are of the same platform.

    Raises:
        OSError: the disk is full, or the directory can't be written.
    """
    if scheme == "plain" or not prefixes:
        return
    known = read(course, assignment)
    earlier = known.prefixes if known.scheme == scheme else {}
    names = PlatformNames(scheme, dict(sorted((earlier | prefixes).items())))
    write(course.platform_names(assignment), msgspec.json.format(msgspec.json.encode(names)))

"""Write a submission into a course's submitted/, and move the one that it replaces away."""

from __future__ import annotations

import datetime
from pathlib import Path

from autograder.core.course import Course
from autograder.core.errors import RejectedError
from autograder.core.files import write
from autograder.core.nbgrader_notes import TIMESTAMP, stamp
from autograder.lms.collected import State
from autograder.pipeline import intake


def store(
    course: Course,
    student: str,
    assignment: str,
    data: bytes,
    at: datetime.datetime | None,
    force: bool,
    now: datetime.datetime,
) -> State:
    """Write a submission with its time, unless another one is there and `force` is not set.

    Raises:
        RejectedError: a link, or a file of another kind, is in the way.
        OSError: a file can't be written.
    """
    path = course.submission(student, assignment)
    for folder in (path.parent.parent, path.parent):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise RejectedError(f"not written: {folder} is a link or a file; remove it")
    try:
        old = intake.read_regular(path, len(data) + 1)
    except FileNotFoundError:
        state: State = "new"
    except OSError as error:
        raise RejectedError(f"not written: {path} is in the way ({error.strerror})") from None
    else:
        if old is None:
            raise RejectedError(f"not written: {path} is not a file; remove it")
        state = "unchanged" if old == data else "replaced" if force else "kept"
    if state == "replaced":
        _move_away(course, path.parent, now)
    if at is not None and state != "kept" and not (path.parent / TIMESTAMP).exists():
        # Before the notebook, so that no submission is ever seen without its time.
        write(path.parent / TIMESTAMP, stamp(at))
    if state in ("new", "replaced"):
        write(path, data)
    return state


def _move_away(course: Course, folder: Path, now: datetime.datetime) -> None:
    backup = backup_folder(course, now)
    if backup.parent.is_symlink():
        raise RejectedError(f"not written: {backup.parent} is a link; remove it")
    target = backup / folder.name / folder.parent.name
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)


def backup_folder(course: Course, now: datetime.datetime) -> Path:
    """The folder for all that one run replaces; <assignment>/<student>/ is below it."""
    return course.replaced / f"{now:%Y-%m-%dT%H%M%S.%fZ}"

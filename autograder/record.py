"""Step 6, record: results and graded notebooks on disk, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from autograder import intake, outcome
from autograder.course import Course
from autograder.outcome import Provenance, Result


def write(path: Path, data: bytes) -> None:
    """Replace a file by another in one step: a reader, or a crash, sees the old or the new one, whole.

    Raises:
        OSError: the disk is full, or the directory can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            error.filename = error.filename or str(path)  # a disk that is full does not say of which file
        raise


def read(course: Course, student: str, assignment: str) -> Result | None:
    """The recorded result, if there is a whole one that is about this student and assignment."""
    try:
        found = outcome.decode(course.result(student, assignment).read_bytes())
    except OSError:
        return None
    return found if found and (found.student, found.assignment) == (student, assignment) else None


def is_current(result: Result, provenance: Provenance) -> bool:
    """Whether grading again would give what is recorded. What needs a person is tried again."""
    return result.status != "ungradable" and result.provenance == provenance


def save(course: Course, result: Result, notebook: bytes | None) -> None:
    """Write the graded notebook, then the result: who finds a result finds its notebook.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    graded = course.autograded(result.student, result.assignment)
    if notebook is None:
        # A grade without its notebook would show the one of an earlier submission.
        shutil.rmtree(graded.parent, ignore_errors=True)
    else:
        write(graded, notebook)
        stamp = course.submission(result.student, result.assignment).parent / "timestamp.txt"
        with contextlib.suppress(OSError):
            (graded.parent / "timestamp.txt").unlink(missing_ok=True)
            if text := intake.read_regular(stamp, 200):
                write(graded.parent / "timestamp.txt", text)
    write(course.result(result.student, result.assignment), outcome.encode(result))

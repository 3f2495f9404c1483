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
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
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
        copy_stamps(course, result.student, result.assignment, graded.parent)
    write(course.result(result.student, result.assignment), outcome.encode(result))


def copy_stamps(course: Course, student: str, assignment: str, directory: Path) -> None:
    """Put beside a page or a notebook what nbgrader wants there: when it was handed in, and where feedback goes."""
    for name in ("timestamp.txt", "submission_secret.txt"):
        path, text = directory / name, b""
        with contextlib.suppress(OSError):
            text = intake.read_regular(course.submission(student, assignment).parent / name, 200) or b""
        if not text:
            path.unlink(missing_ok=True)
        elif not path.is_file() or path.read_bytes() != text:
            write(path, text)

"""Let one command at a time record results in a course directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import datetime

from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.sanitize import visible

LOCK = ".autograder.lock"


@contextlib.contextmanager
def alone(course: Course, command: str) -> Iterator[None]:
    """Hold a course directory while a command records something there.

    Two runs at once would each take the other's gradebook and results for their own. The kernel
    gives the lock back when the process ends, however it ends; the file stays.

    Raises:
        UsageError: another command holds it, or the directory can't be written to.
    """
    path = course.root / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}; the course directory must be writable"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = visible(os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip())
            raise UsageError(
                f"{course.root}: {holder or 'another command'} is at work there; wait until it has "
                "ended, and run this again"
            ) from None
        os.ftruncate(descriptor, 0)
        started = f"{datetime.now().astimezone():%H:%M}"
        os.pwrite(descriptor, f"`{command}` (process {os.getpid()}, since {started})".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)

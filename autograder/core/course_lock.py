"""Let one command at a time record results in a course directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from autograder.core.course import Course
from autograder.core.errors import BusyError, UsageError
from autograder.core.sanitize import visible

LOCK = ".autograder.lock"


@contextlib.contextmanager
def alone(course: Course, command: str) -> Iterator[None]:
    """Hold a course directory while a command records something there.

    Two runs at once would each take the other's gradebook and results for their own. The kernel
    gives the lock back when the process ends, however it ends; the file stays.

    Raises:
        BusyError: another command holds it.
        UsageError: the directory can't be written to.
    """
    with _held(course.root / LOCK, str(course.root)) as descriptor:
        os.ftruncate(descriptor, 0)
        started = f"{datetime.now().astimezone():%H:%M}"
        os.pwrite(descriptor, f"`{command}` (process {os.getpid()}, since {started})".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)


@contextlib.contextmanager
def beside_others(course: Course, assignment: str, shard: str) -> Iterator[None]:
    """Hold one shard of an assignment: other shards may be graded meanwhile, here or elsewhere.

    Commands that want the course directory alone wait until all shards have ended.

    Raises:
        UsageError: such a command holds it, the shard is being graded, or the directory can't be
            written to.
    """
    own = course.root / "results" / assignment / f".shard-{shard.replace('/', '-of-')}.lock"
    own.parent.mkdir(parents=True, exist_ok=True)
    with (
        _held(course.root / LOCK, str(course.root), shared=True),
        _held(own, f"shard {shard} of {assignment}"),
    ):
        yield


@contextlib.contextmanager
def watching(course: Course, assignment: str) -> Iterator[None]:
    """Be the only one who watches for submissions of an assignment; other commands may work.

    Raises:
        UsageError: it is watched already, or the directory can't be written to.
    """
    own = course.root / "results" / assignment / ".watch.lock"
    own.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_held(own, ""))
        except BusyError:
            raise UsageError(
                f"{assignment} in {course.root} is watched already: end that `autograder watch` "
                "first"
            ) from None
        yield


@contextlib.contextmanager
def _held(path: Path, what: str, *, shared: bool = False) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}; the course directory must be writable"
        ) from None
    try:
        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = visible(os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip())
            raise BusyError(
                f"{what}: {holder or 'another command'} is at work there; wait until it has "
                "ended, and run this again"
            ) from None
        yield descriptor
    finally:
        os.close(descriptor)

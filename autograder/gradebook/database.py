"""Open nbgrader's database of a course directory; if that fails, say why in a sentence."""

from __future__ import annotations

import contextlib
import itertools
import logging
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import nbgrader.api
from nbgrader.api import Gradebook, InvalidEntry, Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.core import course_config
from autograder.core.course import Course
from autograder.core.errors import UsageError

LOCK_SECONDS = 60
_ADVICE = {
    "disk is full": "Free some space and run this again",
    "locked": "Close other programs that hold it and run this again",
    "readonly": "Make the file and its folder writable and run this again",
    "unable to open": "Make the file and its folder readable and writable and run this again",
}
"""What to do, by a part of the database's message."""
_OTHER = "Fix this and run it again"
_DAMAGE = ("malformed", "not a database", "no such table", "no such column")
_DAMAGED = (
    "Restore it from a backup; or move it away and run `autograder grade`, which enters all "
    "results on record into a new one, but no scores or comments that were given by hand"
)


@contextlib.contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """nbgrader's gradebook of a course directory, to read.

    Raises:
        UsageError: the database can't be opened, or stays locked.
    """
    gradebook, url = open_database(course)
    try:
        with explained(url):
            yield gradebook
    finally:
        gradebook.close()


@contextlib.contextmanager
def explained(url: str) -> Iterator[str]:
    """Errors of the database at `url` as a sentence.

    Raises:
        UsageError: the database can't be used.
    """
    # nbgrader writes tracebacks of such errors to this log.
    log = logging.getLogger("tornado.application")
    before, log.disabled = log.disabled, True
    try:
        yield url
    except ImportError as error:
        raise UsageError(
            f"the gradebook {url} needs a driver that is not installed: {error}"
        ) from None
    except (SQLAlchemyError, InvalidEntry, ValueError) as error:  # the latter: a value by hand
        cause = (str(getattr(error, "orig", None) or error).splitlines() or ["no message"])[0]
        advice = next((text for mark, text in _ADVICE.items() if mark in cause), _OTHER)
        if type(error) is ValueError or any(mark in cause for mark in _DAMAGE):
            advice = _DAMAGED
        raise UsageError(f"the gradebook {url} can't be used: {cause}. {advice}") from None
    finally:
        log.disabled = before


def exists(course: Course) -> bool:
    """Whether a course directory has a gradebook; opening would make one where there is none."""
    with explained(_directory(course).db_url) as text:
        url = make_url(text)
    return url.get_backend_name() != "sqlite" or bool(url.database and Path(url.database).exists())


def open_database(course: Course) -> tuple[Gradebook, str]:
    """nbgrader's gradebook of a course directory, to close after use, and its URL.

    Raises:
        UsageError: the database can't be opened.
    """
    directory = _directory(course)
    url = _patient(directory.db_url)
    with explained(url):
        return Gradebook(url, directory.course_id), url


def enter_student(
    gradebook: Gradebook, student: str, first: str = "", last: str = "", **more: str
) -> None:
    """Enter a student, and where the gradebook has no name, this one or else the id."""
    name_student(gradebook.update_or_create_student(student, **more), first, last)


def name_student(entered: Student, first: str = "", last: str = "") -> None:
    """Give a student who has no name this one or else the id.

    Formgrader calls everybody without a name "None, None".
    """
    if not entered.first_name and not entered.last_name:
        entered.first_name, entered.last_name = first, last or entered.id


def row_ids() -> Iterator[str]:
    """Ids for new rows, of nbgrader's form (32 hexadecimal digits), each larger than the last: a
    table's index takes them at its end, where random ones would change pages all over it.
    """
    begin = f"{time.time_ns():016x}{secrets.token_hex(4)}"
    for number in itertools.count():
        yield f"{begin}{number:08x}"


def quiet_log() -> logging.Logger:
    """A log for steps of nbgrader that shows errors only."""
    log = logging.getLogger("autograder.nbgrader")
    log.setLevel(logging.ERROR)
    return log


def _directory(course: Course) -> CourseDirectory:
    directory = CourseDirectory(config=course_config.read(course.root))
    if not directory.root or Path(directory.root) == Path.cwd():
        directory.root = str(course.root)
    return directory


def _patient(url: str) -> str:
    """SQLite waits for a lock instead of giving up after five seconds."""
    return (
        f"{url}?timeout={LOCK_SECONDS}" if url.startswith("sqlite:///") and "?" not in url else url
    )


def _schema_version() -> str:
    """The version of the tables in a new gradebook.

    nbgrader starts a program to ask for it, which takes a second.
    """
    from alembic.script import ScriptDirectory  # for new gradebooks only

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


nbgrader.api.get_alembic_version = _schema_version

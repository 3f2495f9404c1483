"""Put a submission into the course's submitted/, the newest in front and all others kept."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from autograder.core.course import Course
from autograder.core.files import write
from autograder.core.nbgrader_notes import SECRET, TIMESTAMP, stamp
from autograder.lms.submitted import backup_folder, store
from autograder.pipeline import handed_in
from autograder.pipeline.handed_in import HandedIn
from autograder.watch.inbox import Entry


def place(course: Course, assignment: str, entry: Entry, notebook: bytes) -> Path:
    """Copy a submission, unless it is there already; its folder.

    Raises:
        RejectedError: a link, or a file of another kind, is in the way.
        OSError: a file can't be written.
    """
    own = course.submission(entry.student, assignment)
    tries = [t for t in _all(course, assignment, entry) if t.student == entry.student]
    if known := next((each for each in tries if _is(each, entry, notebook)), None):
        folder = known.folder
    elif tries and tries[-1].at > entry.at:
        folder = backup_folder(course, entry.at) / assignment / entry.student
        write(folder / TIMESTAMP, stamp(entry.at))
        write(folder / own.name, notebook)
    else:
        folder = own.parent
        now = datetime.now(UTC)
        store(course, entry.student, assignment, notebook, entry.at, force=True, now=now)
        write(folder / TIMESTAMP, stamp(entry.at))  # the same file again has another time
    if entry.secret:
        write(folder / SECRET, entry.secret)
    return folder


def earlier(course: Course, assignment: str, entry: Entry, notebook: bytes) -> list[datetime]:
    """When the student's group first handed in each other notebook that was placed, the oldest
    first. The same notebook again shows no more hints than before, so it is no other attempt.
    """
    first: dict[bytes, datetime] = {}
    for each in _all(course, assignment, entry):
        first.setdefault(sha256(each.path.read_bytes()).digest(), each.at)
    first.pop(sha256(notebook).digest(), None)
    return [*first.values()]


def _all(course: Course, assignment: str, entry: Entry) -> list[HandedIn]:
    tries = handed_in.all_of(course, entry.student, assignment)
    return [each for each in tries if each.path.exists()]


def _is(one: HandedIn, entry: Entry, notebook: bytes) -> bool:
    """Whether a submission in submitted/ is this one."""
    return (one.student, one.at) == (entry.student, entry.at) and one.path.read_bytes() == notebook

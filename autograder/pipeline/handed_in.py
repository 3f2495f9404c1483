"""Find what a student handed in, alone or in a group: the newest submission, and earlier ones."""

from __future__ import annotations

import contextlib
import datetime
import glob
from dataclasses import dataclass
from pathlib import Path

from autograder.core.attempts import Policy
from autograder.core.course import Course
from autograder.core.limits import Limits
from autograder.core.nbgrader_notes import TIMESTAMP, utc
from autograder.core.outcome import Result
from autograder.pipeline import intake, record

_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class HandedIn:
    """A submission: the notebook's place, who handed it in, and when, in UTC."""

    path: Path
    student: str
    at: datetime.datetime

    @property
    def folder(self) -> Path:
        """Where nbgrader's notes on it lie, its time and its secret."""
        return self.path.parent


def newest(course: Course, student: str, assignment: str) -> Path:
    """The newest submission of the student's group; its place if there is none."""
    return tries(course, student, assignment, "latest")[-1].path


def tries(course: Course, student: str, assignment: str, policy: Policy) -> list[HandedIn]:
    """The submissions of the student's group that may count, the newest last; at least the place
    for one. Where the latest counts, they are those in submitted/."""
    if policy != "latest":
        return all_of(course, student, assignment)
    members = course.groups.of(student, assignment)
    own = course.submission(student, assignment)
    if len(members) == 1:
        return [HandedIn(own, student, _NEVER)]
    found = [
        HandedIn(path, member, at)
        for member in members
        if (at := _time(path := course.submission(member, assignment))) is not None
    ]
    return sorted(found, key=lambda one: one.at)[-1:] or [HandedIn(own, student, _NEVER)]


def all_of(course: Course, student: str, assignment: str) -> list[HandedIn]:
    """All submissions of the student's group, the newest last; at least the place for one.

    Earlier ones are those that a later one replaced, in submitted/.replaced/.
    """
    found = [
        HandedIn(path, member, at)
        for member in course.groups.of(student, assignment)
        for path in (
            *course.replaced.glob(f"*/{assignment}/{glob.escape(member)}/{assignment}.ipynb"),
            course.submission(member, assignment),
        )
        if (at := _time(path)) is not None
    ]
    nothing = HandedIn(course.submission(student, assignment), student, _NEVER)
    # Of two with one time, the one in submitted/ is the newer one.
    return sorted(found, key=lambda one: (one.at, course.replaced not in one.path.parents)) or [
        nothing
    ]


@dataclass(frozen=True)
class Counted:
    """The submission that counts, how many there are, and whether it is the newest."""

    one: HandedIn
    count: int
    newest: bool


def counted(course: Course, result: Result, policy: Policy, bounds: Limits) -> Counted | None:
    """The submission that a result is of; None if the result does not stand, because something was
    handed in since that is not graded yet."""
    student, assignment = result.student, result.assignment
    found = tries(course, student, assignment, policy)
    digests = [intake.digest(student, each.path, bounds) for each in found]
    graded = {result.provenance.submission_sha256}
    if len(found) > 1:
        earlier = record.earlier(course, student, assignment)
        graded |= {each.provenance.submission_sha256 for each in earlier}
    if result.provenance.submission_sha256 not in digests or digests[-1] not in graded:
        return None
    place = digests.index(result.provenance.submission_sha256)  # of the same files, the first
    return Counted(found[place], len(found), place == len(found) - 1)


def _time(path: Path) -> datetime.datetime | None:
    """When a submission was handed in, by nbgrader's note or else by the file's own time; None
    where there is no file."""
    try:
        written = path.lstat().st_mtime
    except OSError:
        return None
    note = b""
    with contextlib.suppress(OSError):
        note = intake.read_regular(path.with_name(TIMESTAMP), 200) or b""
    told = utc(note.decode("utf-8", "replace")) if note else None
    return told or datetime.datetime.fromtimestamp(written, datetime.UTC)

"""`autograder collect`: store an archive's submissions in submitted/<student>/<assignment>/."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.core import limits
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.course_lock import alone
from autograder.core.errors import RejectedError
from autograder.core.sanitize import visible
from autograder.gradebook import marks
from autograder.gradebook.database import enter_student, opened
from autograder.lms import candidates, filenames, platform_names
from autograder.lms.archive import Archive, Refusal
from autograder.lms.candidates import Chosen
from autograder.lms.collected import Collected, Taken
from autograder.lms.filenames import Claim, Scheme
from autograder.lms.platform_names import prefix_of
from autograder.lms.receipts import write_receipts
from autograder.lms.submitted import backup_folder, store
from autograder.lms.timestamps import handed_in


@dataclass(frozen=True)
class Options:
    """`force` replaces submissions that differ; `entry_times` believes the archive's times."""

    force: bool = False
    entry_times: bool = False


def collect(
    course: Course,
    assignment: Assignment,
    path: Path,
    options: Options,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Collected:
    """Write each student's last notebook of an assignment, out of an archive, to submitted/.

    A submission that is there already and differs stays, unless forced; then it is moved to
    submitted/.replaced/.

    Args:
        begin: called with the number of students before the first one's files are read.
        advance: called after each student.

    Raises:
        UsageError: the archive can't be opened, the gradebook can't be used, or another command is
            at work in the course directory.
        OSError: a file can't be written.
    """
    bounds = limits.load(assignment, course)
    people = marks.read(course, assignment.name).people
    newcomers, prefixes = dict[str, Claim](), dict[str, str]()
    with alone(course, "autograder collect"), Archive(path) as archive:
        collected = Collected(
            filenames.scheme_of(entry.path for entry in archive.files),
            refused=list(archive.refused),
        )
        by_student = candidates.by_student(archive, assignment, people.values(), collected)
        begin(len(by_student))
        run = _Run(course, assignment, archive, options, datetime.datetime.now(datetime.UTC))
        for student, theirs in sorted(by_student.items()):
            chosen = candidates.choose(archive, assignment, bounds, theirs, collected)
            if chosen is not None:
                found = chosen.candidate
                prefixes[student] = prefix_of(found.claim, found.entry.path, collected.scheme)
                taken = run.take(student, chosen, collected)
                if taken and student not in people:
                    collected.newcomers.append(student)
                    newcomers[student] = chosen.candidate.claim
            advance()
        platform_names.add(course, assignment.name, collected.scheme, prefixes)
        if collected.taken:
            collected.receipts = write_receipts(course, assignment, bounds)
        if collected.scheme != "plain":
            _enter(course, newcomers, collected.scheme)
    return collected


@dataclass(frozen=True)
class _Run:
    """One run of the command on an open archive."""

    course: Course
    assignment: Assignment
    archive: Archive
    options: Options
    now: datetime.datetime

    def take(self, student: str, chosen: Chosen, collected: Collected) -> bool:
        """Store a student's notebook and enter it in `collected`: as taken (True) or refused."""
        entry = chosen.candidate.entry
        time = handed_in(
            self.archive, entry, collected.scheme, entry_times=self.options.entry_times
        )
        name = visible(entry.name)
        try:
            state = store(
                self.course,
                student,
                self.assignment.name,
                chosen.data,
                time,
                self.options.force,
                self.now,
            )
        except RejectedError as error:
            collected.refused.append(Refusal(name, str(error)))
            return False
        late = chosen.candidate.claim.late
        collected.taken.append(Taken(student, state, name, late, chosen.older))
        if state == "replaced":
            collected.backup = backup_folder(self.course, self.now)
        return True


def _enter(course: Course, newcomers: dict[str, Claim], scheme: Scheme) -> None:
    """Enter new students with their names, and with their Canvas IDs, for the next archive, for
    formgrader and for `autograder export`.
    """
    if newcomers:
        with opened(course) as gradebook:
            for student, claim in newcomers.items():
                ids = {"lms_user_id": claim.user} if scheme == "Canvas" and claim.user else {}
                enter_student(gradebook, student, *filenames.name_of(claim, scheme), **ids)
            gradebook.db.commit()

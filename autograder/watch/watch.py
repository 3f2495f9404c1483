"""Grade what students hand in within seconds, by workers that stay, and give each its page."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.core import attempts, jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.attempts import Attempts
from autograder.core.course import Course
from autograder.core.course_lock import watching
from autograder.core.errors import BusyError, RejectedError, UsageError
from autograder.core.jobs import Isolation, Setup
from autograder.core.text import points
from autograder.feedback.attempt_page import Attempt, attempt_of, attempt_page, refused_page
from autograder.gradebook import extensions, marks
from autograder.gradebook.marks import ClassMarks
from autograder.grading.grade_class import Options, grade
from autograder.grading.pool import Pool
from autograder.pipeline import intake, record
from autograder.report.known_mistakes import Mistake
from autograder.watch.inbox import Entry, Inbox
from autograder.watch.placing import earlier, place
from autograder.watch.rules import refusal

TOGETHER = 16
"""So many submissions are graded before their pages are given back."""
BUSY_SECONDS = 5.0

Tell = Callable[[str, str], None]
"""Called with a student or a name, and what became of the submission."""


class StaleError(UsageError):
    """What the workers were started with is no more: the watch has to start again."""


@dataclass(frozen=True)
class Accepted:
    """A submission that lies in submitted/ and is to be graded."""

    entry: Entry
    sha256: str


@dataclass
class Watch:
    """Answers everything that an inbox holds, again and again.

    What has a page is done. So whatever ends a run, the next one goes on with what has none: a
    result on record is not worked out again.
    """

    course: Course
    assignment: Assignment
    inbox: Inbox
    pool: Pool
    setup: Setup
    rules: Attempts
    seed: int
    tell: Tell
    mistakes: Sequence[Mistake] = ()

    def __post_init__(self) -> None:
        self._named: set[str] = set()
        """Submissions that can't be taken, and were said so."""
        self._gave_up: set[tuple[Path, datetime]] = set()
        """Submissions whose page can't be written."""

    def round(self) -> int:
        """Answer the earliest of what waits of each student, and count what was answered.

        One of each, so that nobody who hands in hundreds keeps the others waiting.

        Raises:
            UsageError: a file of the course can't be used.
            SandboxError: the walls can't be put up.
        """
        self._refresh()
        waiting = sorted(self._usable(), key=lambda entry: (entry.at, entry.student))
        first = [*{entry.student: entry for entry in reversed(waiting)}.values()][::-1]
        if not first:
            return 0
        answered = 0
        booked = marks.read(self.course, self.assignment.name)
        more = extensions.read(self.course, self.assignment.name)
        for start in range(0, len(first), TOGETHER):
            some = first[start : start + TOGETHER]
            accepted = [each for entry in some if (each := self._accept(entry, booked, more))]
            if accepted:
                self._grade(accepted)
                booked = marks.read(self.course, self.assignment.name)
            answered += len(some) - len(accepted)
            answered += sum(self._answer(each, booked) for each in accepted)
        return answered

    def _refresh(self) -> None:
        """Read the course's files anew, which may have changed since the last round."""
        self.course = Course(self.course.root)
        self.rules = attempts.load(self.assignment, self.course)
        if limits.load(self.assignment, self.course) != self.setup.limits:
            raise StaleError("the limits have changed: start `autograder watch` again")

    def _usable(self) -> Iterator[Entry]:
        for found in self.inbox.waiting():
            if isinstance(found, Entry):
                if (found.folder, found.at) not in self._gave_up:
                    yield found
            elif found.name not in self._named:
                self._named.add(found.name)
                self.tell(found.name, f"not taken: {found.why}")

    def _accept(
        self, entry: Entry, booked: ClassMarks, more: Mapping[str, timedelta | None]
    ) -> Accepted | None:
        """Put a submission into submitted/; None if it was refused, and has its page."""
        name = self.assignment.name
        data = entry.notebook(name)
        why, ruled = "", False
        if data is None:
            why = f"there is no {name}.ipynb that can be read; the notebook must keep this name."
        elif len(data) > intake.MAX_FILE:
            why = intake.TOO_LARGE
        else:
            others = earlier(self.course, name, entry, data)
            why = refusal(self.rules, entry.at, others, _due(booked, entry.student, more))
            ruled = bool(why)
        if not why and data is not None:
            try:
                folder = place(self.course, name, entry, data)
                path = folder / f"{name}.ipynb"
                digest = intake.digest(entry.student, path, self.setup.limits)
                return Accepted(entry, digest)
            except RejectedError as error:
                why = str(error)
        # Of a file that is too large, no more than its beginning was read.
        whole = data is not None and len(data) <= intake.MAX_FILE
        sha256 = hashlib.sha256(data or b"").hexdigest() if whole else ""
        basis = jobs.provenance(self.assignment, sha256, self.seed, self.setup)
        result = jobs.without_grade(self.assignment, entry.student, "rejected", why, basis)
        page = refused_page(self.assignment, result, booked, entry.at, ruled=ruled)
        self._reply(entry, page, graded=False)
        self.tell(entry.student, f"not graded: {why}")
        return None

    def _reply(self, entry: Entry, page: bytes, *, graded: bool) -> None:
        """Write a page; one that can't be written stops nobody else's."""
        try:
            entry.reply(self.assignment.name, page, graded=graded)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            self._gave_up.add((entry.folder, entry.at))
            self.tell(entry.student, f"the page can't be written: {error.strerror}")

    def _grade(self, accepted: Sequence[Accepted]) -> None:
        """Grade these students, when no other command is at work in the course directory."""
        name = self.assignment.name
        students = {
            member
            for each in accepted
            for member in self.course.groups.of(each.entry.student, name)
        }
        options = Options(
            seed=self.seed,
            students=tuple(sorted(students)),
            command="autograder watch",
            device=self.setup.device,
            isolation=self.setup.isolation,
        )
        waits = False
        while True:
            try:
                grade(
                    *(self.course, self.assignment, options, lambda _: None, lambda *_: None),
                    lambda *_: contextlib.nullcontext(self.pool),
                )
                return
            except BusyError as error:
                if not waits:
                    self.tell("waiting", str(error))
                waits = True
                time.sleep(BUSY_SECONDS)

    def _answer(self, accepted: Accepted, booked: ClassMarks) -> bool:
        """Give a submission its page; whether there is a result to tell."""
        entry = accepted.entry
        attempt = attempt_of(self.course, self.assignment, entry.student, accepted.sha256)
        if attempt is None:
            self.tell(entry.student, "no result; it is tried again")
            return False
        group = self.course.groups.of(entry.student, self.assignment.name)
        rules = self.rules.policy, booked, entry.at, group
        page = attempt_page(self.assignment, attempt, *rules, self.mistakes)
        self._reply(entry, page, graded=attempt.result.status == "graded")
        self.tell(entry.student, self._outcome(attempt))
        return True

    def _outcome(self, attempt: Attempt) -> str:
        result = attempt.result
        if result.score is None:
            return f"{result.status}: {result.reason}" if result.reason else result.status
        text = f"{points(result.score)} of {self.assignment.max_score:g}"
        if attempt.is_counted:
            return text
        return f"{text}; the submission that counts has {points(attempt.counts.score or 0.0)}"


@contextlib.contextmanager
def watch(
    course: Course,
    assignment: Assignment,
    inbox: Inbox,
    count: int,
    isolation: Isolation,
    tell: Tell,
    mistakes: Callable[[int], Sequence[Mistake]],
) -> Iterator[Watch]:
    """A watch with `count` workers, which start at once; `mistakes` are the bank's for a seed.

    Raises:
        UsageError: it is watched already, or the rules or limits can't be used.
        SandboxError: the walls can't be put up.
    """
    bounds = limits.load(assignment, course)
    rules = attempts.load(assignment, course)
    setup = jobs.setup_of(assignment, bounds, isolation)
    with watching(course, assignment.name):
        seed = record.known_seed(course, assignment.name)
        seed = jobs.new_seed() if seed is None else seed
        record.note_seed(course, assignment.name, seed)
        known = mistakes(seed)
        with Pool(setup, count) as pool:
            pool.start()
            yield Watch(course, assignment, inbox, pool, setup, rules, seed, tell, known)


def _due(booked: ClassMarks, student: str, more: Mapping[str, timedelta | None]) -> datetime | None:
    """Until when a student may hand in, in UTC; `more` is what extensions.csv gives."""
    if booked.due is None:
        return None
    own = booked.booked.get(student)
    known = timedelta(0) if own is None else own.extension
    return (booked.due + (more.get(student, known) or timedelta(0))).replace(tzinfo=UTC)

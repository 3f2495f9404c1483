"""Record the outcomes of a run: on disk, in the gradebook, in the run's summary."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from autograder.core import attempts
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.jobs import Graded
from autograder.core.outcome import Result
from autograder.core.result_diff import compare
from autograder.grading.summary import Summary
from autograder.pipeline import graded_notebook, record

if TYPE_CHECKING:
    from autograder.gradebook.book import CourseGradebook

Report = Callable[[Graded, bool], None]
"""Called with each outcome, and whether it is fresh or was on record."""

WRITERS = 8
"""So many outcomes are written at the same time: a disk takes several in the time of one."""


@dataclass(frozen=True)
class Try:
    """One of a student's submissions: the digest of its file, its place, and why it can't be used,
    if it can't."""

    sha256: str
    path: Path
    reason: str = ""


@dataclass
class _Standing:
    """A student while the submissions that may count are graded."""

    known: Result | None
    tries: list[Try]
    taken: dict[str, tuple[Graded, bool]] = field(default_factory=dict)
    """Outcomes so far, by the digest of the file, and whether they are fresh."""


@dataclass(frozen=True)
class _Counted:
    """The outcome that counts for a student, whether it is fresh, and what was graded beside it."""

    graded: Graded
    fresh: bool
    folder: Path
    others: tuple[Graded, ...]


class Recorder(contextlib.ExitStack):
    """Writes each outcome to its files and into the gradebook, and notes it for the summary.

    To be used as a context, which ends when all outcomes are recorded.
    """

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        summary: Summary,
        report: Report,
        *,
        writes: bool,
        books: bool,
    ) -> None:
        super().__init__()
        self._course = course
        self._assignment = assignment
        self._report = report
        self._writes = writes
        self._books = books
        self._gradebook: CourseGradebook | None = None
        self._standing: dict[str, _Standing] = {}
        self._writers = ThreadPoolExecutor(WRITERS, "recorder")
        self._written: deque[tuple[Future[None], _Counted]] = deque()
        self.summary = summary

    def expect(self, student: str, tries: list[Try]) -> Result | None:
        """Wait for the outcomes of these submissions, the newest last, of which one will count.

        Returns:
            The student's outcome on record.
        """
        known = record.read(self._course, student, self._assignment.name)
        self._standing[student] = _Standing(known, tries)
        return known

    def open(self) -> None:
        """Open the gradebook, unless it is open or this run leaves it alone.

        Raises:
            UsageError: it can't be used.
        """
        if self._gradebook is None and self._books:
            self._gradebook = self.enter_context(_gradebook(self._course, self._assignment))

    def take(self, graded: Graded, *, fresh: bool) -> None:
        """Take one outcome, which is fresh or was on record, and record the one that counts when
        all of the student's are there."""
        self.open()
        result = graded.result
        standing = self._standing[result.student]
        standing.taken[result.provenance.submission_sha256] = graded, fresh
        if len(standing.taken) < len(standing.tries):
            return
        del self._standing[result.student]
        counted = self._choose(standing)
        self._written.append((self._writers.submit(self._write, counted), counted))
        while len(self._written) > WRITERS or (self._written and self._written[0][0].done()):
            self._book(*self._written.popleft())

    def _choose(self, standing: _Standing) -> _Counted:
        outcomes = [standing.taken[each.sha256] for each in standing.tries]
        place = attempts.counting(self.summary.policy, [graded.result for graded, _ in outcomes])
        graded, fresh = outcomes.pop(place)
        others = tuple(other for other, is_fresh in outcomes if is_fresh)
        known = standing.known
        change = compare(known, graded.result) if fresh else None
        self.summary.add(graded.result, change, fresh=fresh)
        if known is not None and known.status == "graded":
            if self._is_gone(known, standing.tries, graded.result):
                self.summary.gone.append((known.student, known.score or 0.0))
            if fresh and self._gradebook is not None:
                # Before the files are written: a run may end between the two.
                self._gradebook.look_again(known.student, self._changed(known, graded))
        self.summary.leave_out((o.result for o in others), newest=place == len(outcomes))
        return _Counted(graded, fresh, standing.tries[place].path.parent, others)

    def _is_gone(self, known: Result, tries: list[Try], counts: Result) -> bool:
        """Whether what is on record would count by the policy, if it were still in submitted/."""
        better = (known.score or 0.0) > (counts.score or 0.0)
        there = {each.sha256 for each in tries}
        gone = known.provenance.submission_sha256 not in there
        return self.summary.policy == "best" and better and gone

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Enter what was written, then close the gradebook."""
        try:
            while self._written:
                self._book(*self._written.popleft())
        finally:
            self._writers.shutdown()
            super().__exit__(kind, error, trace)
        if self._gradebook is not None:
            self.summary.new = self._gradebook.new
            self.summary.extended = self._gradebook.extended

    def _write(self, counted: _Counted) -> None:
        """Write the files of an outcome, in a thread of its own: most of the time is the disk's."""
        if not self._writes:
            return
        result = counted.graded.result
        for other in counted.others:
            record.keep(self._course, other.result, other.notebook)
        if counted.fresh:
            record.save(self._course, result, counted.graded.notebook, counted.folder)
        elif result.status == "graded":
            graded_in = self._course.autograded(result.student, self._assignment.name).parent
            record.copy_stamps(counted.folder, graded_in, result.student)

    def _changed(self, known: Result, graded: Graded) -> set[str]:
        """The tasks whose answers differ from those of the notebook that was graded before."""
        if known.provenance.submission_sha256 == graded.result.provenance.submission_sha256:
            return set()
        before = graded_notebook.read(self._course, known.student, self._assignment.name)
        after = graded_notebook.cells_of(graded.notebook or b"")
        old, new = graded_notebook.answers(before or []), graded_notebook.answers(after or [])
        return {task for task in old.keys() | new.keys() if old.get(task) != new.get(task)}

    def _book(self, written: Future[None], counted: _Counted) -> None:
        """Enter an outcome whose files are written: what the gradebook has is on disk.

        Raises:
            OSError: they could not be written.
        """
        written.result()
        if self._gradebook is not None:
            # What is on record, too: a run may have ended between the two.
            self._gradebook.save(counted.graded.result, counted.graded.notebook)
        self._report(counted.graded, counted.fresh)


def _gradebook(course: Course, assignment: Assignment) -> CourseGradebook:
    from autograder.gradebook.book import (
        CourseGradebook,
    )  # takes a second to import; the workers grade meanwhile

    return CourseGradebook(course, assignment)

"""Grade a class: read every submission, send those that need it to the workers, record results."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from autograder.core import jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.course_lock import alone, beside_others
from autograder.core.errors import RejectedError
from autograder.core.jobs import ForkPer, Graded, Isolation, Job, Setup, Timing
from autograder.core.outcome import Provenance, Result
from autograder.core.result_diff import compare
from autograder.grading.pool import Pool
from autograder.grading.same_cells import SameCells
from autograder.grading.shard import Shard
from autograder.grading.summary import Summary
from autograder.pipeline import graded_notebook, intake, record
from autograder.sandbox.bubblewrap import find_bubblewrap

if TYPE_CHECKING:
    from autograder.gradebook.book import CourseGradebook


@dataclass(frozen=True)
class Options:
    """How to grade.

    No seed: that of the class's results on record, or, when all of them are graded anew, a new one.
    With `share`, submissions with the same cells are graded once. With a `shard`, only its
    students are graded, and the seed of results on record stays. With `results_only`, the gradebook
    is left alone, and other shards may be graded at the same time.
    """

    jobs: int = 2
    device: str = "cpu"
    isolation: Isolation = "namespaces"
    seed: int | None = None
    force: bool = False
    dry_run: bool = False
    students: tuple[str, ...] = ()
    share: bool = True
    shard: Shard | None = None
    results_only: bool = False
    fork_per: ForkPer = "task"


Report = Callable[[Graded, bool], None]
"""Called with each outcome, and whether it is fresh or was on record."""


class Graders(Protocol):
    """Whoever grades jobs: a pool of workers here, or the machines of a cluster."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade these jobs; one result for each, as they are ready."""
        ...


Find = Callable[[Setup, int, int], AbstractContextManager[Graders]]
"""Finds graders for a set-up, a seed and a number of submissions."""


def grade(
    course: Course,
    assignment: Assignment,
    options: Options,
    begin: Callable[[int], None],
    report: Report,
    find_graders: Find | None = None,
) -> Summary:
    """Grade every submission of an assignment in a course directory.

    Args:
        begin: called with the number of submissions before the first is graded.
        report: called with each outcome as it is recorded.
        find_graders: by default a pool of workers on this machine.

    Raises:
        UsageError: no submissions, an unknown student, a gradebook that can't be used, or another
            command at work in the course directory.
        SandboxError: the walls can't be put up.
    """
    with _lock(course, assignment, options):
        return _grade(course, assignment, options, begin, report, find_graders)


def _lock(
    course: Course, assignment: Assignment, options: Options
) -> contextlib.AbstractContextManager[None]:
    if options.dry_run:
        return contextlib.nullcontext()
    if options.results_only:
        return beside_others(course, assignment.name, str(options.shard or Shard(1, 1)))
    return alone(course, "autograder grade")


def _grade(
    course: Course,
    assignment: Assignment,
    options: Options,
    begin: Callable[[int], None],
    report: Report,
    find_graders: Find | None,
) -> Summary:
    start = time.monotonic()
    students = course.students(assignment.name, options.students)
    if options.shard is not None:
        students = [name for name in students if options.shard.has(name)]
    if options.isolation == "namespaces" and find_graders is None:
        find_bubblewrap()
    bounds = limits.load(assignment, course)
    seed = _seed(course, assignment, options)
    setup = jobs.setup_of(assignment, bounds, options.isolation, options.device, options.fork_per)
    recorder = _Recorder(course, assignment, Summary(seed), report, options)
    same = SameCells(bounds) if options.share else None
    plan = _Plan(course, assignment, setup, seed, options.force, same)
    begin(len(students))
    graders: AbstractContextManager[Graders] = (
        Pool(setup, min(options.jobs, len(students)))
        if find_graders is None
        else find_graders(setup, seed, len(students))
    )
    with recorder, graders as found:
        for graded in found.run(plan.jobs(students, recorder)):
            recorder.take(graded, fresh=True)
            for copy in same.copies(graded) if same is not None else ():
                recorder.take(copy, fresh=True)
    summary = recorder.summary
    summary.seconds = time.monotonic() - start
    return summary


@dataclass(frozen=True)
class _Plan:
    """Decides which submissions are graded now: those without a current result on record."""

    course: Course
    assignment: Assignment
    setup: Setup
    seed: int
    force: bool
    same: SameCells | None

    def jobs(self, students: Iterable[str], recorder: _Recorder) -> Iterator[Job]:
        """Read one submission after the other; outcomes that need no grading go to the recorder."""
        for name in students:
            known = recorder.on_record(name)
            try:
                place = self.course.submission(name, self.assignment.name)
                submission = intake.read(name, place, self.setup.limits)
            except RejectedError as error:
                basis = jobs.provenance(self.assignment, "", self.seed, self.setup)
                result = jobs.without_grade(self.assignment, name, "rejected", str(error), basis)
                recorder.take(Graded(result, None, Timing()), fresh=True)
                continue
            basis = jobs.provenance(self.assignment, submission.sha256, self.seed, self.setup)
            if known is not None and not self.force and self._is_whole(known, basis):
                recorder.take(Graded(known, None, Timing()), fresh=False)
                continue
            answer = self.same.take(submission) if self.same is not None else True
            if isinstance(answer, Graded):
                recorder.take(answer, fresh=True)
            elif answer:
                yield Job(name, submission.data, submission.sha256, self.seed)
                recorder.open()  # it takes a second, in which the workers start

    def _is_whole(self, known: Result, basis: Provenance) -> bool:
        """Whether what is on record is what grading would give, with the notebook as graded."""
        name = known.student
        return record.is_current(known, basis) and (
            known.status != "graded"
            or graded_notebook.read(self.course, name, self.assignment.name) is not None
        )


class _Recorder(contextlib.ExitStack):
    """Writes each outcome to its files and into the gradebook, and notes it for the summary."""

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        summary: Summary,
        report: Report,
        options: Options,
    ) -> None:
        super().__init__()
        self._course = course
        self._assignment = assignment
        self._report = report
        self._writes = not options.dry_run
        self._books = self._writes and not options.results_only
        self._gradebook: CourseGradebook | None = None
        self._known: dict[str, Result | None] = {}
        self.summary = summary

    def on_record(self, student: str) -> Result | None:
        """The student's last outcome, which is kept until `take` compares the new one with it."""
        self._known[student] = record.read(self._course, student, self._assignment.name)
        return self._known[student]

    def open(self) -> None:
        """Open the gradebook, unless it is open or this run leaves it alone.

        Raises:
            UsageError: it can't be used.
        """
        if self._gradebook is None and self._books:
            self._gradebook = self.enter_context(_gradebook(self._course, self._assignment))

    def take(self, graded: Graded, *, fresh: bool) -> None:
        """Record one outcome, which is fresh or was on record."""
        self.open()
        result = graded.result
        known = self._known.pop(result.student)
        self.summary.add(result, compare(known, result) if fresh else None, fresh=fresh)
        if self._writes and fresh:
            record.save(self._course, result, graded.notebook)
        elif self._writes and result.status == "graded":
            graded_in = self._course.autograded(result.student, self._assignment.name).parent
            record.copy_stamps(self._course, result.student, self._assignment.name, graded_in)
        if self._gradebook is not None:
            # What is on record, too: a run may have ended between the two.
            self._gradebook.save(result)
        self._report(graded, fresh)


def _gradebook(course: Course, assignment: Assignment) -> CourseGradebook:
    from autograder.gradebook.book import (
        CourseGradebook,
    )  # takes a second to import; the workers grade meanwhile

    return CourseGradebook(course, assignment)


def _seed(course: Course, assignment: Assignment, options: Options) -> int:
    """All of a class get the same hidden inputs, also those who are graded later, again or by
    another machine: the seed is noted before the first of them."""
    name, whole = assignment.name, not options.students
    seed = options.seed
    if seed is None and not (options.force and whole and options.shard is None):
        seed = record.noted_seed(course, name)
        seed = record.seed_of_class(course, name) if seed is None else seed
    if options.dry_run or not whole:
        return jobs.new_seed() if seed is None else seed
    if seed is None and options.shard is not None:
        return record.agree_on_seed(course, name, jobs.new_seed())
    seed = jobs.new_seed() if seed is None else seed
    record.note_seed(course, name, seed)
    return seed

"""A class on its way: reads what was submitted, feeds the workers, records what comes back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.core import jobs, limits
from autograder.core.course import Assignment, Course
from autograder.core.errors import RejectedError
from autograder.core.jobs import ForkPer, Graded, Isolation, Job, Timing
from autograder.core.outcome import Result
from autograder.core.result_diff import Change, compare
from autograder.grading.pool import Pool
from autograder.pipeline import intake, record
from autograder.sandbox.bubblewrap import find_bubblewrap

if TYPE_CHECKING:
    from autograder.gradebook.book import CourseGradebook


@dataclass(frozen=True)
class Options:
    """How to grade.

    No seed: that of the class's results on record, or, when all of them are graded anew, a new one.
    """

    jobs: int = 2
    device: str = "cpu"
    isolation: Isolation = "namespaces"
    seed: int | None = None
    force: bool = False
    dry_run: bool = False
    students: tuple[str, ...] = ()
    fork_per: ForkPer = "task"


@dataclass
class Summary:
    """What a run did. `results` holds every submission's
    outcome, `fresh` the names of those graded now.

    `changes` are those whose outcome was another one before.
    """

    seed: int
    results: dict[str, Result] = field(default_factory=dict)
    fresh: dict[str, Timing] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ungradable(self) -> list[Result]:
        """Those that need a person."""
        return [r for r in self.results.values() if r.status == "ungradable"]


Report = Callable[[Result, bool], None]
"""Called with each outcome, and whether it is fresh or was on record."""


def grade(
    course: Course,
    assignment: Assignment,
    options: Options,
    begin: Callable[[int], None],
    report: Report,
) -> Summary:
    """Grade every submission of an assignment in a course directory.

    Args:
        begin: called with the number of submissions before the first is graded.
        report: called with each outcome as it is recorded.

    Raises:
        UsageError: no submissions, an unknown student, a gradebook that can't be used.
        SandboxError: the walls can't be put up.
    """
    start = time.monotonic()
    students = course.students(assignment.name, options.students)
    if options.isolation == "namespaces":
        find_bubblewrap()
    bounds = limits.load(assignment, course)
    on_record = {name: record.read(course, name, assignment.name) for name in students}
    seed = options.seed if options.seed is not None else _seed(course, assignment, options)
    setup = jobs.setup_of(assignment, bounds, options.isolation, options.device, options.fork_per)
    summary = Summary(seed)
    todo: list[Job] = []
    finished: list[tuple[Graded, bool]] = []
    for name in students:
        provenance = jobs.provenance(assignment, "", seed, setup)
        try:
            submission = intake.read(name, course.submission(name, assignment.name), bounds)
        except RejectedError as error:
            finished.append(
                (
                    Graded(
                        jobs.without_grade(assignment, name, "rejected", str(error), provenance),
                        None,
                        Timing(),
                    ),
                    True,
                )
            )
            continue
        provenance = jobs.provenance(assignment, submission.sha256, seed, setup)
        known = on_record[name]
        if known is not None and not options.force and record.is_current(known, provenance):
            finished.append((Graded(known, None, Timing()), False))
        else:
            todo.append(Job(name, submission.data, submission.sha256, seed))

    with Pool(setup, min(options.jobs, len(todo))) as pool, contextlib.ExitStack() as stack:
        answers = pool.run(todo)
        gradebook = None if options.dry_run else stack.enter_context(_gradebook(course, assignment))
        begin(len(students))

        def take(graded: Graded, fresh: bool) -> None:
            result = graded.result
            change = compare(on_record[result.student], result) if fresh else None
            if change is not None:
                summary.changes.append(change)
            if gradebook:
                if fresh:
                    record.save(course, result, graded.notebook)
                elif result.status == "graded":
                    graded_in = course.autograded(result.student, assignment.name).parent
                    record.copy_stamps(course, result.student, assignment.name, graded_in)
                gradebook.save(
                    result
                )  # also what is on record: a run may have ended between the two
            summary.results[result.student] = result
            report(result, fresh)

        for graded, fresh in finished:
            take(graded, fresh)
        for graded in answers:
            summary.fresh[graded.result.student] = graded.timing
            take(graded, True)
    summary.results = dict(sorted(summary.results.items()))
    summary.seconds = time.monotonic() - start
    return summary


def _gradebook(course: Course, assignment: Assignment) -> CourseGradebook:
    from autograder.gradebook.book import (
        CourseGradebook,
    )  # takes a second to import; the workers grade meanwhile

    return CourseGradebook(course, assignment)


def _seed(course: Course, assignment: Assignment, options: Options) -> int:
    """All of a class get the same hidden inputs, also those who are graded later or again."""
    whole_class_anew = options.force and not options.students
    known = None if whole_class_anew else record.seed_of_class(course, assignment.name)
    return jobs.new_seed() if known is None else known

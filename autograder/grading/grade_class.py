"""Grade a class: read every submission, send those that need it to the workers, record results."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from autograder.core import attempts, jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.attempts import Policy
from autograder.core.course import Course
from autograder.core.course_lock import alone, beside_others
from autograder.core.jobs import ForkPer, Graded, Isolation, Job, Setup
from autograder.grading.plan import Plan
from autograder.grading.pool import Pool
from autograder.grading.recorder import Recorder, Report
from autograder.grading.same_cells import SameCells
from autograder.grading.shard import Shard
from autograder.grading.summary import Summary
from autograder.pipeline import record
from autograder.sandbox.bubblewrap import find_bubblewrap


@dataclass(frozen=True)
class Options:
    """How to grade.

    No seed: that of the class's results on record, or, when all of them are graded anew, a new one.
    No policy: that of the course. With `share`, submissions with the same cells are graded once.
    With a `shard`, only its students are graded, and the seed of results on record stays. With
    `results_only`, the gradebook is left alone, and other shards may be graded at the same time.
    """

    jobs: int = 2
    device: str = "cpu"
    isolation: Isolation = "namespaces"
    seed: int | None = None
    force: bool = False
    dry_run: bool = False
    students: tuple[str, ...] = ()
    policy: Policy | None = None
    share: bool = True
    shard: Shard | None = None
    results_only: bool = False
    command: str = "autograder grade"
    fork_per: ForkPer = "task"


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
        UsageError: no submissions, an unknown student, a gradebook or an extensions.csv that can't
            be used, or another command at work in the course directory.
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
    return alone(course, options.command)


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
    policy = attempts.load(assignment, course, options.policy).policy
    if not (options.dry_run or options.students):
        attempts.note(course, assignment.name, policy)
    seed = _seed(course, assignment, options)
    setup = jobs.setup_of(assignment, bounds, options.isolation, options.device, options.fork_per)
    recorder = Recorder(
        course,
        assignment,
        Summary(seed, policy),
        report,
        writes=not options.dry_run,
        books=not (options.dry_run or options.results_only),
    )
    same = SameCells(bounds) if options.share else None
    plan = Plan(course, assignment, setup, seed, policy, options.force, same)
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


def _seed(course: Course, assignment: Assignment, options: Options) -> int:
    """All of a class get the same hidden inputs, also those who are graded later, again or by
    another machine: the seed is noted before the first of them."""
    name, whole = assignment.name, not options.students
    seed = options.seed
    if seed is None and not (options.force and whole and options.shard is None):
        seed = record.known_seed(course, name)
    if options.dry_run or not whole:
        return jobs.new_seed() if seed is None else seed
    if seed is None and options.shard is not None:
        return record.agree_on_seed(course, name, jobs.new_seed())
    seed = jobs.new_seed() if seed is None else seed
    record.note_seed(course, name, seed)
    return seed

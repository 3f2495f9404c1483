"""Grade one student's submission again, for staff: nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.core import jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import RejectedError, UsageError
from autograder.core.jobs import Graded, Isolation, Job
from autograder.core.outcome import Result
from autograder.grading.pool import Pool
from autograder.pipeline import intake, record


@dataclass(frozen=True)
class Shown:
    """A submission graded now, and its result on record, if there is one."""

    graded: Graded
    known: Result | None


def grade_one(
    course: Course, assignment: Assignment, student: str, task: str, isolation: Isolation
) -> Shown:
    """Grade one submission with the seed of its class.

    Args:
        task: the only task to test; "" for all.

    Raises:
        UsageError: no such submission, no such task, or a submission that can't be read.
        SandboxError: the walls can't be put up.
    """
    course.students(assignment.name, (student,))
    tasks = [each.id for each in assignment.tasks if not each.manual]
    if task and task not in tasks:
        raise UsageError(f"no task {task!r} with tests; {assignment.name} has {', '.join(tasks)}")
    bounds = limits.load(assignment, course)
    known = record.read(course, student, assignment.name)
    seed = known.provenance.seed if known else record.seed_of_class(course, assignment.name)
    try:
        place = course.submission(student, assignment.name)
        submission = intake.read(student, place, bounds)
    except RejectedError as error:
        raise UsageError(f"{student}: {error}") from None
    job = Job(
        student,
        submission.data,
        submission.sha256,
        jobs.new_seed() if seed is None else seed,
        only_tasks=[task] if task else [],
        for_staff=True,
    )
    with Pool(jobs.setup_of(assignment, bounds, isolation), 1) as pool:
        (graded,) = pool.run([job])
    return Shown(graded, known)

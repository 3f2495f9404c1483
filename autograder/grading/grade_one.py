"""Grade one student's submission again, for staff: nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from autograder.core import jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import RejectedError, UsageError
from autograder.core.jobs import Graded, Isolation, Job, Setup
from autograder.core.limits import Limits
from autograder.core.outcome import Result
from autograder.grading.pool import Pool
from autograder.pipeline import handed_in, intake, record


@dataclass(frozen=True)
class Chosen:
    """One submission, with all that grading it again takes, and its result on record, if any."""

    assignment: Assignment
    limits: Limits
    isolation: Isolation
    job: Job
    known: Result | None

    @property
    def setup(self) -> Setup:
        """What a worker needs to know."""
        return jobs.setup_of(self.assignment, self.limits, self.isolation)

    @property
    def tasks(self) -> list[str]:
        """The tasks that have tests."""
        return [each.id for each in self.assignment.tasks if not each.manual]

    def without_tests(self, name: str, wanted: str) -> UsageError:
        """Why nothing of that name can be run: a person marks it, or it is not what is wanted."""
        assignment = self.assignment
        if any(each.id == name for each in assignment.tasks):
            return UsageError(
                f"{name!r} has no tests: a person marks it; `autograder read {assignment.name}` "
                "writes a page with the answers"
            )
        tasks = ", ".join(self.tasks)
        return UsageError(f"no {wanted} {name!r}; {assignment.name} has the tasks {tasks}")


@dataclass(frozen=True)
class Shown:
    """A submission graded now, and its result on record, if there is one."""

    graded: Graded
    known: Result | None


def choose(course: Course, assignment: Assignment, student: str, isolation: Isolation) -> Chosen:
    """A student's submission, to be graded with the seed of its class.

    Raises:
        UsageError: no such submission, or one that can't be read.
    """
    course.students(assignment.name, (student,))
    bounds = limits.load(assignment, course)
    known = record.read(course, student, assignment.name)
    seed = known.provenance.seed if known else record.seed_of_class(course, assignment.name)
    try:
        place = handed_in.newest(course, student, assignment.name)
        submission = intake.read(student, place, bounds)
    except RejectedError as error:
        raise UsageError(f"{student}: {error}") from None
    seed = jobs.new_seed() if seed is None else seed
    job = Job(student, submission.data, submission.sha256, seed, for_staff=True)
    return Chosen(assignment, bounds, isolation, job, known)


def grade_one(
    course: Course, assignment: Assignment, student: str, task: str, isolation: Isolation
) -> Shown:
    """Grade one submission with the seed of its class.

    Args:
        task: the only task to show; "" for all.

    Raises:
        UsageError: no such submission, no such task, or a submission that can't be read.
        SandboxError: the walls can't be put up.
    """
    chosen = choose(course, assignment, student, isolation)
    if task and task not in chosen.tasks:
        raise chosen.without_tests(task, "task with tests")
    with Pool(chosen.setup, 1) as pool:
        return Shown(grade_with(pool, chosen, task), chosen.known)


def grade_with(pool: Pool, chosen: Chosen, task: str) -> Graded:
    """Grade a submission, and leave only one task in the result; all if it is "".

    The tasks on which that one builds are tested too, since their mistakes don't count for it.

    Raises:
        SandboxError: the walls can't be put up.
    """
    only = [task] if task else []
    for each in only:  # it grows
        only += [name for name in chosen.assignment.builds_on.get(each, ()) if name not in only]
    (graded,) = pool.run([replace(chosen.job, only_tasks=only)])
    tasks = [each for each in graded.result.tasks if not task or each.id == task]
    if graded.result.score is None:
        return graded
    score = round(sum(each.score for each in tasks), 6)
    return replace(graded, result=replace(graded.result, score=score, tasks=tasks))

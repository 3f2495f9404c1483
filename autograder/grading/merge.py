"""Bring results that other runs recorded on disk into the gradebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from autograder.core import attempts, jobs, limits
from autograder.core.assignment import Assignment
from autograder.core.attempts import Policy
from autograder.core.course import Course
from autograder.core.course_lock import alone
from autograder.core.outcome import Provenance, Result
from autograder.core.result_diff import causes
from autograder.pipeline import handed_in, record


@dataclass
class Merged:
    """What became of a class: how many are in the gradebook, and who is not, with the reason."""

    entered: int = 0
    missing: list[str] = field(default_factory=list)
    """Students without a result on record."""
    others: list[tuple[str, str]] = field(default_factory=list)
    """Students whose result is of another submission, suite, engine, seed, torch or limits."""
    new: set[str] = field(default_factory=set)
    """Students whom the gradebook did not have before."""
    extended: set[str] = field(default_factory=set)
    """Students to whom extensions.csv gave other hours than the gradebook had for them."""


def merge(
    course: Course,
    assignment: Assignment,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Merged:
    """Enter every result on record that belongs to this class as it is, again and again if need be.

    Args:
        begin: called with the number of submissions.
        advance: called after each.

    Raises:
        UsageError: no submissions, a gradebook that can't be used, or another command at work in
            the course directory.
    """
    from autograder.gradebook.book import CourseGradebook  # takes a second to import

    with alone(course, "autograder merge"):
        students = course.students(assignment.name)
        bounds = limits.load(assignment, course)
        seed = record.seed_of_class(course, assignment.name)
        policy = attempts.load(assignment, course).policy
        merged = Merged()
        begin(len(students))
        with CourseGradebook(course, assignment) as gradebook:
            for student in students:
                result = record.read(course, student, assignment.name)
                if result is None or result.status == "ungradable":
                    merged.missing.append(student)
                elif differs := _differs(assignment, course, bounds, seed, policy, result):
                    merged.others.append((student, f"another {differs}"))
                else:
                    gradebook.save(result, blind=True)
                    merged.entered += 1
                advance()
        merged.new, merged.extended = gradebook.new, gradebook.extended
    return merged


def _differs(
    assignment: Assignment,
    course: Course,
    bounds: limits.Limits,
    seed: int | None,
    policy: Policy,
    result: Result,
) -> str:
    """In what a result was graded otherwise than it would be here and now; "" if in nothing."""
    known = result.provenance
    setup = jobs.setup_of(assignment, bounds)
    stands = handed_in.counted(course, result, policy, bounds) is not None
    sha256 = known.submission_sha256 if stands else ""
    here = jobs.provenance(assignment, sha256, known.seed if seed is None else seed, setup)
    here = _of_the_same_machine(here, known)
    return " and ".join(causes(known, here))


def _of_the_same_machine(here: Provenance, known: Provenance) -> Provenance:
    """The kind of machine may be another one: it is on record, and the report says so."""
    return msgspec.structs.replace(here, device=known.device, isolation=known.isolation)

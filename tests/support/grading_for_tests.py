"""Grade a course directory in this process, and hand back the results of all its submissions."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.jobs import Graded
from autograder.core.outcome import Result
from autograder.grading.grade_class import Options, grade


@dataclass
class Run:
    """Results by student, and who was graded by a worker in this run."""

    results: dict[str, Result] = field(default_factory=dict)
    graded: set[str] = field(default_factory=set)


def grade_all(course: Course, assignment: Assignment, options: Options) -> Run:
    """Grade everybody who handed in."""
    run = Run()

    def report(graded: Graded, _fresh: bool) -> None:
        run.results[graded.result.student] = graded.result
        if graded.timing.wall:
            run.graded.add(graded.result.student)

    grade(course, assignment, options, lambda _: None, report)
    return run

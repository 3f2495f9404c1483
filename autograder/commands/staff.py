"""Commands for staff about one student's submission: show, shell."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.commands.options import CourseDir, Isolation
from autograder.core.assignment import find
from autograder.core.course import open_course

Student = Annotated[str, typer.Argument(help="Whose submission.")]
AssignmentName = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="The assignment.")]


def show(
    student: Student,
    assignment: AssignmentName,
    task: Annotated[str, typer.Argument(help="Only this task.")] = "",
    course_dir: CourseDir = None,
    isolation: Isolation = "namespaces",
) -> None:
    """Grade one submission again and show every test, with the full error message of the student's
    code, what it printed, and the traceback of a cell. For staff only: these texts may contain a
    hidden input.

    Nothing is recorded.
    """
    from autograder.commands.show import show_on_terminal

    show_on_terminal(open_course(course_dir), find(assignment), student, task, isolation)


def shell(
    student: Student,
    assignment: AssignmentName,
    course_dir: CourseDir = None,
    isolation: Isolation = "namespaces",
) -> None:
    """Run one submission's notebook in the sandbox, then run the Python code that you type in it.

    run("test_…") or run("a task") runs hidden tests on the submission, and shows what `show` shows.
    Nothing is recorded.
    """
    from autograder.commands.shell import shell_on_terminal

    shell_on_terminal(open_course(course_dir), find(assignment), student, isolation)

"""The command for people who read written answers: pages to score them on, scores to enter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.options import CourseDir
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course, open_course
from autograder.core.errors import UsageError
from autograder.core.sanitize import in_line
from autograder.core.text import listed, many

if TYPE_CHECKING:
    from autograder.reading.enter import Refused

MOST_SHOWN = 50
"""Lines of scores that were not entered."""


def read(
    assignment: Annotated[str, typer.Argument(help="The graded assignment.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="With --enter: the files that the pages saved."),
    ] = None,
    course_dir: CourseDir = None,
    share: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER/COUNT",
            help="Only this part of the class, such as 2/3 for the second of three readers; by "
            "default the whole class.",
        ),
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="Only this written task; by default all of them.")
    ] = None,
    enter: Annotated[
        bool,
        typer.Option("--enter", help="Enter the scores and comments of FILEs into the gradebook."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="With --enter: replace scores and comments that the gradebook has."
        ),
    ] = False,
) -> None:
    """Write a page for reading and scoring written answers, with the names hidden; with --enter,
    enter the scores that such pages saved.

    The page is one file in the course directory, reading/<assignment>-1-of-1.html, or, for --share
    2/3, -2-of-3.html; it needs no network. Items to tick come from
    rubrics/<assignment>/<task>.csv there.

    Exit status: 1 when a submission must be graded first, or a score was not entered.
    """
    course, chosen = open_course(course_dir), find(assignment)
    if enter:
        if not files:
            raise UsageError("--enter needs the files that the pages saved; name them after it")
        if share is not None or task is not None:
            raise UsageError("--enter enters all that the files hold; leave --share and --task out")
        _enter(course, chosen, files, force=force)
    elif files or force:
        raise UsageError("to enter the scores of files, add --enter")
    else:
        _write(course, chosen, share, task)


def _write(course: Course, assignment: Assignment, share: str | None, task: str | None) -> None:
    from rich.console import Console

    from autograder.core.counting import counting
    from autograder.grading.shard import Shard, parse
    from autograder.reading.page import write_page

    part = Shard(1, 1) if share is None else parse(share, "--share")
    with counting(Console(), f"reading {assignment.name}") as (begin, step):
        made = write_page(course, assignment, part, task, begin, step)
    counts = ", ".join(f"{many(count, 'answer')} to {name}" for name, count in made.answers.items())
    scored = f"; {made.scored} with a score in the gradebook" if made.scored else ""
    print(f"answers    {counts}{scored}")
    if made.untouched:
        print(f"untouched  {many(made.untouched, 'answer')}: 0 points, nothing to read")
    if made.rejected:
        print(f"rejected   {len(made.rejected)}: {listed(made.rejected)}")
    print(f"page       {made.path}")
    if made.without:
        said = listed([f"{student} ({why})" for student, why in made.without])
        print(f"left out   {len(made.without)}: {said}")
        print(f"next       `autograder grade {assignment.name}`, then this command again")
        raise typer.Exit(1)


def _enter(course: Course, assignment: Assignment, files: list[Path], *, force: bool) -> None:
    from autograder.reading.enter import enter

    done = enter(course, assignment, files, force=force)
    print(f"entered    {many(done.entered, 'score')} of {assignment.name}")
    print(f"unchanged  {done.unchanged}, in the gradebook already")
    print(f"waiting    {many(done.waiting, 'written answer')} without a score")
    if done.refused:
        print(f"left out   {len(done.refused)}")
        for each in done.refused[:MOST_SHOWN]:
            print(f"  {_line(each)}")
        if len(done.refused) > MOST_SHOWN:
            print(f"  and {len(done.refused) - MOST_SHOWN} more")
        raise typer.Exit(1)


def _line(refused: Refused) -> str:
    code, student = in_line(refused.code), in_line(refused.student)
    who = f"{code} ({student})" if student else code
    return f"{refused.file.name}: {who}, {in_line(refused.task)}: {in_line(refused.why)}"

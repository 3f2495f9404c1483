"""The command for a class that hands in again and again: watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.commands.options import CourseDir, Isolation, Jobs, WithBank
from autograder.core.assignment import Assignment, find
from autograder.core.counting import counting
from autograder.core.course import Course, open_course
from autograder.core.errors import UsageError
from autograder.core.jobs import JOBS
from autograder.core.sanitize import in_line

if TYPE_CHECKING:
    from autograder.report.known_mistakes import Mistake
    from autograder.watch.watch import Watch

NO_LIMIT = (
    "there is no limit on how often a student may hand in, and the hints of many submissions "
    "reveal more about hidden inputs than those of a few; to set a limit, write per_day in "
    "c.Autograder.attempts"
)
FIRST = "; the first start grades the bank's mistakes, which takes a minute or two"
EDITED_SECONDS = 10.0
"""Between two looks at a file of the course that can't be read."""


ExchangeDir = Annotated[
    Path | None,
    typer.Option(
        metavar="DIRECTORY",
        help="The course's folder in nbgrader's exchange, with inbound/ in it; by default what "
        "nbgrader_config.py says.",
    ),
]
DropDir = Annotated[
    Path | None,
    typer.Option(
        metavar="DIRECTORY",
        help="Watch a folder with <student>/<assignment>.ipynb instead; each page is written "
        "beside the notebook.",
    ),
]


def watch(
    assignment: Annotated[str, typer.Argument(help="The assignment that is handed in.")],
    course_dir: CourseDir = None,
    exchange: ExchangeDir = None,
    drop: DropDir = None,
    every: Annotated[
        float,
        typer.Option(min=0.1, max=3600, help="Seconds between two checks for new submissions."),
    ] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="Grade what has arrived, then exit; for use with cron.")
    ] = False,
    with_bank: WithBank = True,
    jobs: Jobs = JOBS,
    isolation: Isolation = "namespaces",
) -> None:
    """Grade each submission within seconds of its arrival, and put its page where
    `nbgrader fetch_feedback` finds it.

    c.Autograder.attempts in nbgrader_config.py says which submission counts, how many are graded in
    24 hours, and how long to wait between two. After the due date nothing is graded. End it with
    Ctrl-C, and start it again at any time: it goes on with submissions that have no page yet.
    """
    from autograder.watch.places import inbox_of
    from autograder.watch.watch import watch as watching

    course, chosen = open_course(course_dir), find(assignment)
    inbox = inbox_of(course, chosen.name, exchange, drop)
    console = Console(highlight=False, soft_wrap=True)

    def tell(name: str, what: str) -> None:
        console.print(f"{time.strftime('%H:%M:%S')}  {escape(in_line(name))}: {escape(what)}")

    def mistakes(seed: int) -> Sequence[Mistake]:
        return _mistakes(course, chosen, seed, jobs, console) if with_bank else ()

    tell(chosen.name, "starting" + (FIRST if with_bank else ""))
    with watching(course, chosen, inbox, jobs, isolation, tell, mistakes) as watch:
        what = "grading what has arrived" if once else "waiting for submissions"
        tell(chosen.name, f"the {watch.rules.policy} submission counts; {what}")
        if not watch.rules.per_day:
            tell(chosen.name, NO_LIMIT)
        if once:
            while watch.round():
                pass
            return
        while True:
            _round(watch, tell)
            time.sleep(every)


def _round(watch: Watch, tell: Callable[[str, str], None]) -> None:
    """Answer all that waits; a file of the course that is being edited ends nothing."""
    from autograder.watch.watch import StaleError

    try:
        while watch.round():
            pass
    except StaleError:
        raise
    except UsageError as error:
        tell("waiting", str(error))
        time.sleep(EDITED_SECONDS)


def _mistakes(
    course: Course, assignment: Assignment, seed: int, jobs: int, console: Console
) -> Sequence[Mistake]:
    """The bank's mistakes with the class's seed, measured once."""
    from autograder.report import known_mistakes

    with counting(console, "grading the bank's mistakes") as (begin, step):
        return known_mistakes.read_bank(course, assignment, seed, jobs, begin, step)

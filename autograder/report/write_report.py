"""`autograder report`: write a page about a graded class, a table beside it, and a summary."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import mean
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from autograder import pages
from autograder.core.assignment import Assignment
from autograder.core.collector import collector_paused
from autograder.core.course import Course, valid_student
from autograder.core.errors import SandboxError, UsageError
from autograder.core.faults import WORDS
from autograder.core.files import write
from autograder.core.sanitize import in_line, visible
from autograder.core.text import listed, many, points
from autograder.gradebook import marks
from autograder.gradebook.marks import ClassMarks
from autograder.report import charts, known_mistakes, statistics
from autograder.report.answers import Work
from autograder.report.class_answers import read_answers
from autograder.report.class_list import lateness
from autograder.report.figures import Figures, analyse
from autograder.report.known_mistakes import Mistake
from autograder.report.recorded import read_recorded
from autograder.report.table import as_csv

WORST = 10
"""So many tests are shown before the whole list."""
ROWS, NAMED = 2000, 200
"""A table of the page has at most so many rows, and a sentence or a cell names so many students:
the page of a class of 100,000 must still open."""


@collector_paused()
def report(
    course: Course, assignment: Assignment, output: Path | None, jobs: int, *, with_bank: bool
) -> Figures:
    """Write the page and, beside it, the table; print a summary.

    Args:
        output: the page's file; `<course>/reports/<assignment>.html` if None.
        with_bank: compare wrong answers with the rejected programs of the bank, which are graded
            for that once.

    Raises:
        UsageError: nothing is graded, the output is no place for a page, the gradebook or the bank
            can't be used.
    """
    page = output or course.root / "reports" / f"{assignment.name}.html"
    if page.is_dir() or page.suffix == ".csv":
        raise UsageError(
            f"--output {page}: name a file for the page, such as report.html; the table is written "
            "beside it, as .csv"
        )
    recorded = read_recorded(course, assignment.name)
    console = Console(highlight=False, soft_wrap=True)
    with Progress(console=console, transient=True, disable=not console.is_interactive) as progress:
        graded = [result.student for result in recorded.results if result.status == "graded"]
        track = partial(progress.track, total=len(graded), description="reading notebooks")
        class_ = read_answers(course, assignment.name, graded, jobs, track)
        mistakes = _mistakes(course, assignment, jobs, progress) if with_bank else None
    alone = _once_per_group(course, assignment.name, class_)
    booked = marks.read(course, assignment.name)
    figures = analyse(assignment, recorded, booked, class_, mistakes, alone)
    links, table = _links(course, assignment, figures, page), page.with_suffix(".csv")
    write(page, render(assignment, figures, links, table.name).encode("utf-8", "replace"))
    write(table, as_csv(assignment, figures).encode("utf-8", "replace"))
    _print(console, assignment, figures, page, table)
    return figures


def render(
    assignment: Assignment,
    figures: Figures,
    links: Mapping[str, str] | None = None,
    table: str = "the table",
) -> str:
    """The page.

    Args:
        links: addresses of students' feedback pages.
        table: the name of the file that lists the whole class, however large it is.
    """
    return pages.render(
        "report.html",
        assignment=assignment,
        f=figures,
        statuses=_statuses(figures),
        charts={
            "scores": charts.scores(figures.spread),
            "tasks": charts.tasks(figures.tasks),
            "tests": charts.tests(figures.tests),
        },
        rows=ROWS,
        named=NAMED,
        table=table,
        worst=statistics.worst_variants(figures.tests, WORST),
        who=_names(figures.marks),
        links=defaultdict(str, links or {}),
        lateness=lateness,
        visible=visible,
        many=many,
        words=WORDS,
        least=statistics.LEAST_CLASS,
        mean_mark=_mean_mark(figures),
    )


def _once_per_group(course: Course, assignment: str, class_: Mapping[str, Work]) -> set[str]:
    """One student of each group: what partners hand in together is no copy."""
    return {course.groups.first(student, assignment, class_) for student in class_}


def _links(course: Course, assignment: Assignment, figures: Figures, page: Path) -> dict[str, str]:
    """Addresses of the feedback pages that there are, from the report's page."""
    found = {}
    for row in figures.students[:ROWS]:
        target = course.feedback(row.person.id, assignment.name)
        if valid_student(row.person.id) and target.is_file():
            found[row.person.id] = quote(os.path.relpath(target, page.resolve().parent))
    return found


def _mistakes(
    course: Course, assignment: Assignment, jobs: int, progress: Progress
) -> list[Mistake]:
    bar = progress.add_task("grading the bank's mistakes", total=None, visible=False)

    def begin(total: int) -> None:
        progress.update(bar, total=total, visible=True)

    try:
        return known_mistakes.of_class(
            course, assignment, jobs, begin, lambda: progress.advance(bar)
        )
    except SandboxError as error:
        raise UsageError(
            f"{error} (--no-bank makes the report without grading the bank's mistakes)"
        ) from None


def _names(booked: ClassMarks) -> Callable[[str], str]:
    """A student's name as people read it, with the id."""

    def who(student: str) -> str:
        person = booked.people.get(student)
        name = person.name if person else ""
        return visible(f"{name} ({student})" if name else student)

    return who


def _statuses(figures: Figures) -> str:
    results = figures.recorded.results
    counts = {
        status: sum(r.status == status for r in results)
        for status in ("graded", "rejected", "ungradable")
    }
    counts["unreadable"], counts["not graded yet"] = (
        len(figures.recorded.unread),
        len(figures.recorded.missing),
    )
    return f"{many(sum(counts.values()), 'submission')}: " + ", ".join(
        f"{n} {status}" for status, n in counts.items() if n
    )


def _mean_mark(figures: Figures) -> float | None:
    """Of all with a result, in points: with a person's scores, less penalties."""
    booked = figures.marks.booked
    scores = [booked[r.student].score for r in figures.recorded.results if r.student in booked]
    return mean(scores) if scores else None


def _print(
    console: Console, assignment: Assignment, figures: Figures, page: Path, table: Path
) -> None:
    spread, tests = figures.spread, figures.tests
    console.print(f"class        {_statuses(figures)}")
    if spread is not None:
        text = f"mean {spread.mean:.2f}, median {points(spread.median)} of {assignment.max_score:g}"
        console.print(f"scores       {text}, from {points(spread.least)} to {points(spread.most)}")
        hardest = min(tests, key=lambda item: (-item.fail_rate, item.pass_rate))
        console.print(
            escape(
                f"hardest      {hardest.task}: {hardest.name}, passed by {hardest.pass_rate:.0%}"
            )
        )
    if absent := [row.person.id for row in figures.students if row.absent]:
        console.print(escape(f"absent       {len(absent)} handed in nothing: {listed(absent)}"))
    if late := [row.person.id for row in figures.students if row.late]:
        console.print(escape(f"late         {len(late)}: {listed(late)}"))
    people = len({need.student for need in figures.needs if need.kind != "remark"})
    waiting = sum(map(len, figures.waiting.values()))
    console.print(
        f"needs you    {many(people, 'submission')}; {many(waiting, 'answer')} to score by hand"
    )
    console.print(
        "first        "
        f"{escape(in_line(figures.first[0].text)) if figures.first else 'nothing waits'}"
    )
    console.print(f"report       {escape(str(page))}, table in {escape(table.name)}")

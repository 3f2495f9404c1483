"""`autograder report`: what an instructor acts on after a class
is graded, as a page that stands alone and a table.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from autograder import pages
from autograder.core.course import Assignment, Course
from autograder.core.errors import SandboxError, UsageError
from autograder.core.faults import WORDS
from autograder.core.files import write
from autograder.core.outcome import Result
from autograder.core.sanitize import visible
from autograder.core.solution import model_cells
from autograder.core.text import many, points
from autograder.gradebook import marks
from autograder.gradebook.marks import ClassMarks
from autograder.lms.spreadsheets import defused
from autograder.pipeline import record
from autograder.report import advice, charts, known_mistakes, shared_code, statistics
from autograder.report.advice import Advice
from autograder.report.known_mistakes import Match, Mistake
from autograder.report.shared_code import Answers, Shared
from autograder.report.statistics import Distribution, Need, Slow, TaskItem, TestItem

WORST = 10
"""So many tests are shown before the whole list."""


@dataclass(frozen=True)
class Recorded:
    """What is on record for an assignment: results, students
    whose result can't be read or is missing, the newest.
    """

    results: list[Result]
    unread: list[str]
    missing: list[str]
    newest: datetime


@dataclass(frozen=True)
class Common:
    """A mistake that wrong answers of a task resemble: two where they can't be told apart."""

    task: str
    mistakes: tuple[Mistake, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Figures:
    """All that the page shows."""

    recorded: Recorded
    marks: ClassMarks
    spread: Distribution | None
    tasks: list[TaskItem]
    tests: list[TestItem]
    open: dict[str, list[str]]
    common: list[Common] | None
    """None: the bank was left out."""
    slow: list[Slow]
    needs: list[Need]
    waiting: dict[str, list[str]]
    shared: list[Shared]
    compared: int
    first: list[Advice]
    mixed: str | None


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
            f"--output {page}: name a file for the page, such as report.html; the table gets .csv"
        )
    recorded = read_recorded(course, assignment.name)
    console = Console(highlight=False, soft_wrap=True)
    with Progress(console=console, transient=True, disable=not console.is_interactive) as progress:
        class_ = _answers(course, assignment, recorded.results, progress)
        mistakes = _mistakes(course, assignment, jobs, progress) if with_bank else None
    figures = analyse(assignment, recorded, marks.read(course, assignment.name), class_, mistakes)
    write(page, render(assignment, figures).encode("utf-8", "replace"))
    table = page.with_suffix(".csv")
    write(table, as_csv(assignment, figures).encode("utf-8", "replace"))
    _print(console, assignment, figures, page, table)
    return figures


def read_recorded(course: Course, assignment: str) -> Recorded:
    """Everything on record for an assignment.

    Raises:
        UsageError: there is nothing.
    """
    folder = course.root / "results" / assignment
    files = {
        path.stem: path for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")
    }
    found = {name: record.read(course, name, assignment) for name in files}
    results = [result for result in found.values() if result is not None]
    if not results:
        raise UsageError(
            f"no results of {assignment} in {folder}: run `autograder grade {assignment}` first"
        )
    submitted: list[str] = []
    with contextlib.suppress(UsageError):
        submitted = course.students(assignment)
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in files.values()), UTC)
    unread = [name for name, result in found.items() if result is None]
    return Recorded(results, unread, [name for name in submitted if name not in found], newest)


def analyse(
    assignment: Assignment,
    recorded: Recorded,
    booked: ClassMarks,
    class_: dict[str, Answers],
    mistakes: list[Mistake] | None,
) -> Figures:
    """All figures of a class; reads nothing but the assignment."""
    results = recorded.results
    tests = statistics.tests(results)
    stubs = shared_code.stubs(assignment)
    shared = shared_code.shared(class_, [stubs, model_cells(assignment)])
    common = None if mistakes is None else _common(known_mistakes.matches(results, mistakes))
    needs = statistics.needs(results, recorded.unread, recorded.missing)
    waiting = statistics.waiting(booked, results)
    several = [
        (c.task, " Or: ".join(m.says for m in c.mistakes), len(c.matches)) for c in common or ()
    ]
    first = advice.advise(
        needs, waiting, tests, [each for each in several if each[2] > 1], len(shared)
    )
    return Figures(
        recorded, booked, statistics.distribution(results), statistics.tasks(results), tests,
        shared_code.left_open(class_,
        stubs), common, statistics.slowest(results), needs, waiting, shared, len(class_),
        first, statistics.mixed(results, assignment.suite_sha256),
    )  # fmt: skip


def render(assignment: Assignment, figures: Figures) -> str:
    """The page."""
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
        worst=statistics.worst_variants(figures.tests, WORST),
        who=_names(figures.marks),
        visible=visible,
        many=many,
        words=WORDS,
        least=statistics.LEAST_CLASS,
        mean_mark=_mean_mark(figures),
    )


def as_csv(assignment: Assignment, figures: Figures) -> str:
    """One row for each submission.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    tasks = [task.id for task in assignment.tasks if not task.manual]
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["student", "status", "reason", "score", *tasks, "seconds", "flags"])
    flags = _flags(figures)
    for result in figures.recorded.results:
        scores = {task.id: task.score for task in result.tasks}
        cells = [
            result.student,
            result.status,
            result.reason,
            result.score,
            *map(scores.get, tasks),
        ]
        rows.writerow(
            _cell(cell)
            for cell in [*cells, round(result.seconds, 2), flags.get(result.student, "")]
        )
    for need in figures.needs:
        if need.kind in ("unreadable", "not graded"):
            rows.writerow(
                [_cell(need.student), need.kind, need.why, None, *[None] * len(tasks), None, ""]
            )
    return file.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    return defused(visible(value)) if isinstance(value, str) else value


def _flags(figures: Figures) -> dict[str, str]:
    """What the page says of a student, in words for a table."""
    found: dict[str, list[str]] = {}
    for need in figures.needs:
        if need.kind in ("stopped", "remark"):
            found.setdefault(need.student, []).append(need.why.rstrip("."))
    for task, names in figures.waiting.items():
        for name in names:
            found.setdefault(name, []).append(f"{task} waits for a person")
    for common in figures.common or ():
        for match in common.matches:
            like = " or ".join(mistake.program for mistake in common.mistakes)
            found.setdefault(match.student, []).append(f"{common.task} resembles {like}")
    for group in figures.shared:
        for name in group.students:
            others = ", ".join(other for other in group.students if other != name)
            found.setdefault(name, []).append(f"shares code with {others}")
    return {name: "; ".join(texts) for name, texts in found.items()}


def _answers(
    course: Course, assignment: Assignment, results: list[Result], progress: Progress
) -> dict[str, Answers]:
    """Answers of the graded submissions whose notebook is there."""
    graded = [result.student for result in results if result.status == "graded"]
    found = {}
    for student in progress.track(graded, description="reading notebooks"):
        if (given := shared_code.answers(course, student, assignment.name)) is not None:
            found[student] = given
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


def _common(matches: Iterable[Match]) -> list[Common]:
    """Mistakes with the matches to them, the most frequent first."""
    found: dict[tuple[str, tuple[str, ...]], list[Match]] = {}
    for match in matches:
        found.setdefault((match.task, tuple(m.program for m in match.mistakes)), []).append(match)
    common = [Common(task, each[0].mistakes, tuple(each)) for (task, _), each in found.items()]
    return sorted(common, key=lambda c: -len(c.matches))


def _names(booked: ClassMarks) -> Callable[[str], str]:
    """A student's name as people read it, with the id."""

    def who(student: str) -> str:
        person = booked.people.get(student)
        name = (
            " ".join(part for part in (person.first_name, person.last_name) if part)
            if person
            else ""
        )
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
        hardest = min(tests, key=lambda item: item.pass_rate)
        console.print(
            escape(
                f"hardest      {hardest.task}: {hardest.name}, passed by {hardest.pass_rate:.0%}"
            )
        )
    people = len({need.student for need in figures.needs if need.kind != "remark"})
    waiting = sum(map(len, figures.waiting.values()))
    console.print(
        f"needs you    {many(people, 'submission')}; {many(waiting, 'answer')} to score by hand"
    )
    console.print(
        "first        "
        f"{escape(visible(figures.first[0].text)) if figures.first else 'nothing waits'}"
    )
    console.print(f"report       {escape(str(page))}, table in {escape(table.name)}")

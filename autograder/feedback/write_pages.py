"""`autograder feedback`: write the page of each student whose recorded result is up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from autograder import pages
from autograder.core import attempts, limits
from autograder.core.assignment import Assignment
from autograder.core.attempts import Policy
from autograder.core.counting import counting
from autograder.core.course import Course
from autograder.core.errors import SandboxError
from autograder.core.files import write
from autograder.core.sanitize import visible
from autograder.feedback import reasons
from autograder.feedback.source import Source
from autograder.feedback.student_page import made_from, page
from autograder.feedback.which_counts import which_counts
from autograder.gradebook import marks
from autograder.gradebook.marks import ClassMarks, Person
from autograder.pipeline import graded_notebook, handed_in, record
from autograder.pipeline.graded_notebook import Cell
from autograder.report import known_mistakes
from autograder.report.known_mistakes import Mistake

HEAD = 2**16
"""So many bytes hold the beginning of a page, style and all, and what it was made from."""


ASSETS = "assets"
"""The folder beside those of the students that holds what pages share."""


class NoPageError(Exception):
    """Why a student gets no page, as a sentence."""


@dataclass(frozen=True)
class Summary:
    """The outcome by student: pages written, pages up to date, reasons for no page."""

    written: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)


def feedback(
    course: Course,
    assignment: Assignment,
    students: list[str],
    *,
    force: bool,
    report: Callable[[str], None],
    mistakes: Sequence[Mistake] = (),
    shared: bool = False,
) -> Summary:
    """Write students' pages; a page that would not change stays as it is.

    Args:
        mistakes: known ones (see `mistakes_of_class`).
        force: write it anew.
        shared: let all pages read from files beside them what is most of a page.
        report: called with each student when their page is done with.

    Raises:
        UsageError: the gradebook or the release can't be read.
    """
    booked = marks.read(course, assignment.name)
    summary = Summary()
    assets = _shared_assets(course) if shared else None
    for student in students:
        path = course.feedback(student, assignment.name)
        try:
            source = gather(course, assignment, student, booked, mistakes)
            if not force and _is_current(path, made_from(source, assets)):
                summary.current.append(student)
            else:
                write(path, page(source, assets))
                summary.written.append(student)
            if source.folder is not None:
                record.copy_stamps(source.folder, path.parent, source.person.id)
        except NoPageError as error:
            summary.without[student] = str(error)
        report(student)
    return summary


def mistakes_of_class(
    course: Course,
    assignment: Assignment,
    jobs: int,
    begin: Callable[[int], None] = lambda _: None,
    step: Callable[[], None] = lambda: None,
) -> tuple[list[Mistake], str]:
    """The bank's mistakes, measured once for a class; none, and why, where they can't be.

    Raises:
        UsageError: a file of the bank is not well formed.
    """
    try:
        return known_mistakes.of_class(course, assignment, jobs, begin, step), ""
    except SandboxError as error:
        return [], f"the bank's mistakes could not be measured, so pages don't name them: {error}"


def gather(
    course: Course,
    assignment: Assignment,
    student: str,
    booked: ClassMarks,
    mistakes: Sequence[Mistake] = (),
) -> Source:
    """What a student's page is made of.

    Raises:
        NoPageError: the submission was not graded, or what is on record belongs to another one.
    """
    result = record.read(course, student, assignment.name)
    if result is None:
        there = course.result(student, assignment.name).exists()
        state = "the result on record is damaged or was edited" if there else "not graded yet"
        raise NoPageError(f"{state}; run `autograder grade {assignment.name}` first")
    policy = _policy(assignment, course)
    counted = handed_in.counted(course, result, policy, _limits(assignment, course))
    if counted is None:
        raise NoPageError(
            f"handed in again since it was graded; run `autograder grade {assignment.name}` first"
        )
    sha256, cells = "", list[Cell]()
    if result.status == "graded":
        graded = graded_notebook.read_at(course.autograded(student, assignment.name))
        if graded is None:
            raise NoPageError(
                f"the graded notebook is missing or damaged; run `autograder grade "
                f"{assignment.name}` again"
            )
        sha256, cells = graded.sha256, graded.cells
    person = booked.people.get(student, Person(student))
    first = reasons.first_of_tasks(result, assignment, mistakes)
    graded_at = record.recorded_at(course, student, assignment.name)
    return Source(
        assignment,
        result,
        sha256,
        cells,
        person,
        booked.booked.get(student),
        assignment.points,
        first,
        graded_at,
        counted.one.folder,
        (*which_counts(counted, policy, student, course.groups.of(student, assignment.name)),),
    )


# --- helpers ---


@cache
def _limits(assignment: Assignment, course: Course) -> limits.Limits:
    return limits.load(assignment, course)


@cache
def _policy(assignment: Assignment, course: Course) -> Policy:
    return attempts.load(assignment, course).policy


def _shared_assets(course: Course) -> str:
    """Write what pages share, unless it is there; where it lies, seen from a page."""
    for name, data in pages.assets().items():
        path = course.root / "feedback" / ASSETS / name
        if not path.is_file() or path.read_bytes() != data:
            write(path, data)
    return f"../../{ASSETS}"


def _is_current(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return f'data-made-from="{digest}"'.encode() in file.read(HEAD)
    except OSError:
        return False


# --- the command line ---


def feedback_with_progress(
    course: Course,
    assignment: Assignment,
    students: tuple[str, ...],
    *,
    force: bool,
    jobs: int,
    with_bank: bool,
    shared: bool = False,
) -> Summary:
    """Write the pages of a class, or of some of it, on the terminal.

    Args:
        jobs: workers that grade the bank's mistakes, where that was not done yet.
        with_bank: compare wrong answers with these mistakes.
        shared: see `feedback`.

    Raises:
        UsageError: no submissions, an unknown student, a gradebook or release that can't be read.
    """
    class_ = course.students(assignment.name, students)
    console = Console(highlight=False)
    mistakes, problem = list[Mistake](), ""
    if with_bank:
        with counting(console, "grading the bank's mistakes") as (begin, step):
            mistakes, problem = mistakes_of_class(course, assignment, jobs, begin, step)
    with counting(console, f"feedback on {assignment.name}") as (begin, step):
        begin(len(class_))
        summary = feedback(
            course,
            assignment,
            class_,
            force=force,
            report=lambda _: step(),
            mistakes=mistakes,
            shared=shared,
        )
    if problem:
        console.print(f"[yellow]note[/]     {escape(problem)}")
    for student, why in summary.without.items():
        console.print(f"[yellow]no page[/]  {escape(visible(student))}: {escape(why)}")
    console.print(f"pages     {len(summary.written)} written, {len(summary.current)} up to date")
    console.print(f"feedback  {escape(str(course.root / 'feedback'))}", soft_wrap=True)
    return summary

"""`autograder show`: one submission for staff, test by test, in the student's own words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from autograder.commands.quoted import print_quoted
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.faults import SYMBOLS, WORDS, is_consequence
from autograder.core.jobs import Graded, Isolation
from autograder.core.outcome import Result, TaskResult, TestResult
from autograder.core.sanitize import in_line, visible
from autograder.core.text import many, points
from autograder.grading.grade_one import grade_one


def show_on_terminal(
    course: Course, assignment: Assignment, student: str, task: str, isolation: Isolation
) -> None:
    """Grade a submission again and print what became of every test; nothing is recorded.

    Raises:
        UsageError: see `autograder.grading.grade_one.grade_one`.
        SandboxError: see `autograder.grading.grade_one.grade_one`.
    """
    console = Console(highlight=False, soft_wrap=True)
    with console.status(f"grading {in_line(student)}"):
        shown = grade_one(course, assignment, student, task, isolation)
    result = shown.graded.result
    console.print(f"[bold]{escape(in_line(student))}[/], {assignment.name}: {_score(result)}")
    if shown.known is not None:
        console.print(f"on record    {_score(shown.known)}")
    for note in result.notes:
        console.print(f"note         {escape(in_line(note))}")
    errors = dict(_errors(shown.graded.notebook))
    for each in result.tasks:
        _print_task(console, each, errors.get(each.id, ""))
        failed = [test for test in each.tests if test.outcome != "passed"]
        for test in failed:
            if not is_consequence(test.hint):
                print_test(console, test, shown.graded)
        _print_consequences(console, [t for t in failed if is_consequence(t.hint)])


def print_test(console: Console, test: TestResult, graded: Graded) -> None:
    """Print a hidden test's outcome and hint, and what the student's code raised and printed."""
    name, sentence = escape(test.name), escape(in_line(test.sentence))
    console.print(f"  {SYMBOLS[test.outcome]} {name}: {sentence}")
    if test.outcome != "passed" or test.remark:
        why = test.remark or test.hint or WORDS[test.outcome]
        console.print(f"      {escape(in_line(why))}")
    if raised := graded.raised.get(test.name):
        console.print("      its code raised:")
        print_quoted(console, in_line(raised), "      ")
    if printed := graded.printed.get(test.name):
        console.print("      it printed:")
        print_quoted(console, printed, "      ")


def _score(result: Result) -> str:
    if result.score is None:
        return f"{result.status}: {escape(in_line(result.reason or ''))}"
    tested = sum(task.points for task in result.tasks)
    return f"{points(result.score)} of {points(tested)}"


def _print_task(console: Console, task: TaskResult, error: str) -> None:
    passed = sum(test.outcome == "passed" for test in task.tests)
    console.print(
        f"\n[bold]{task.id}[/]  {points(task.score)} of {points(task.points)}, {passed} of "
        f"{many(len(task.tests), 'test')} passed"
    )
    if error:
        console.print("  its cell raised:")
        print_quoted(console, error, "    ")


def _print_consequences(console: Console, tests: Sequence[TestResult]) -> None:
    """One line for all tests that failed for the same reason, which came before them."""
    for hint, count in Counter(test.hint or "" for test in tests).items():
        console.print(f"  {SYMBOLS['failed']} {many(count, 'more test')}: {escape(in_line(hint))}")


def _errors(notebook: bytes | None) -> Iterator[tuple[str, str]]:
    """The traceback of each task's cell that raised."""
    cells: list[dict[str, Any]] = json.loads(notebook)["cells"] if notebook else []
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                lines = output.get("traceback") or [f"{output['ename']}: {output['evalue']}"]
                yield name, "\n".join(visible(line) for text in lines for line in text.split("\n"))

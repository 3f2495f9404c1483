"""`autograder show`: one submission for staff, test by test, in the student's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.faults import SYMBOLS
from autograder.core.jobs import Isolation
from autograder.core.outcome import Result, TaskResult
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
        _print_task(console, each, shown.graded.raised, errors.get(each.id, ""))


def _score(result: Result) -> str:
    if result.score is None:
        return f"{result.status}: {escape(in_line(result.reason or ''))}"
    tested = sum(task.points for task in result.tasks)
    return f"{points(result.score)} of {points(tested)}"


def _print_task(console: Console, task: TaskResult, raised: dict[str, str], error: str) -> None:
    passed = sum(test.outcome == "passed" for test in task.tests)
    console.print(
        f"\n[bold]{task.id}[/]  {points(task.score)} of {points(task.points)}, {passed} of "
        f"{many(len(task.tests), 'test')} passed"
    )
    if error:
        console.print("  its cell raised:")
        console.print("\n".join(f"    {line}" for line in escape(error).splitlines()))
    for test in task.tests:
        if test.outcome == "passed":
            continue
        console.print(f"  {SYMBOLS[test.outcome]} {test.name}: {escape(in_line(test.sentence))}")
        console.print(f"      {escape(in_line(test.hint or test.outcome))}")
        if test.name in raised:
            console.print(f"      in its own words: {escape(in_line(raised[test.name]))}")


def _errors(notebook: bytes | None) -> Iterator[tuple[str, str]]:
    """The traceback of each task's cell that raised."""
    cells: list[dict[str, Any]] = json.loads(notebook)["cells"] if notebook else []
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                lines = output.get("traceback") or [f"{output['ename']}: {output['evalue']}"]
                yield name, "\n".join(visible(line) for text in lines for line in text.split("\n"))

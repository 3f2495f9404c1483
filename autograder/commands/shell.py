"""`autograder shell`: a prompt in one submission's notebook, for staff."""

from __future__ import annotations

import ast
from typing import Any

from rich.console import Console
from rich.markup import escape

from autograder.commands.prompt import blocks
from autograder.commands.quoted import print_quoted
from autograder.commands.show import print_test
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.jobs import Isolation
from autograder.core.sanitize import in_line
from autograder.core.text import many
from autograder.grading.grade_one import choose
from autograder.grading.shell import HiddenTests, LostError, OpenNotebook

MOST_ERRORS = 20
"""So many cells that stopped with an error are named."""
HELP = """Your Python code runs in the notebook, after its last cell; its output is shown after │.
run("test_…") or run("a task") runs hidden tests on the submission. Ctrl-D or exit ends this."""


def shell_on_terminal(
    course: Course, assignment: Assignment, student: str, isolation: Isolation
) -> None:
    """Run a submission's notebook, and then what staff type; nothing is recorded.

    Raises:
        UsageError: no such submission, or one that can't be graded.
        SandboxError: the walls can't be put up, or the sandbox failed.
    """
    console = Console(highlight=False, soft_wrap=True)
    chosen = choose(course, assignment, student, isolation)
    with OpenNotebook(chosen) as notebook, HiddenTests(chosen) as tests:
        _run_notebook(console, notebook)
        console.print(f"[bold]{escape(in_line(student))}[/], {assignment.name}")
        for note in notebook.notes:
            console.print(f"note         {escape(in_line(note))}")
        _print_errors(console, notebook)
        console.print(HELP)
        for block in blocks(lambda: notebook.number):
            lost = False
            try:
                if (name := _test_to_run(block)) is not None:
                    _run_tests(console, tests, name)
                else:
                    lost = not _evaluate(console, notebook, block)
            except KeyboardInterrupt:
                console.print("stopped")
            if lost:
                _run_notebook(console, notebook)


def _run_notebook(console: Console, notebook: OpenNotebook) -> None:
    with console.status("running the notebook"):
        notebook.run()


def _print_errors(console: Console, notebook: OpenNotebook) -> None:
    """Name the first cells that stopped with an error, or that did not run to their end."""
    bad = [
        cell
        for cell in notebook.cells
        if cell.index in notebook.runs and not notebook.runs[cell.index].ok
    ]
    for cell in bad[:MOST_ERRORS]:
        where = f"the cell of {cell.task}" if cell.task else f"code cell {cell.number}"
        console.print(f"note         {where} did not run to its end:")
        errors = [o for o in notebook.runs[cell.index].outputs if o["output_type"] == "error"]
        for error in errors[:1]:
            print_quoted(console, in_line(f"{error['ename']}: {error['evalue']}"), " " * 13)
    if len(bad) > MOST_ERRORS:
        console.print(f"note         and {many(len(bad) - MOST_ERRORS, 'more cell')}")


def _evaluate(console: Console, notebook: OpenNotebook, source: str) -> bool:
    """Run code and print what it shows; False where the notebook's process is gone."""
    try:
        with console.status("running (Ctrl-C ends it)"):
            run = notebook.evaluate(source)
    except LostError as lost:
        console.print(f"stopped: {lost}; the notebook was run again, without what you defined here")
        return False
    said = "\n".join(_text(output).removesuffix("\n") for output in run.outputs)
    if said:
        print_quoted(console, said)
    return True


def _text(output: dict[str, Any]) -> str:
    """An output of a cell as text."""
    match output["output_type"]:
        case "stream":
            return str(output["text"])
        case "error":
            lines = output["traceback"] or [f"{output['ename']}: {output['evalue']}"]
            return "\n".join(lines)
    data = output["data"]
    if any(kind.startswith(("image/", "application/vnd.plotly")) for kind in data):
        return "[figure]"
    texts = (data.get(kind) for kind in ("text/plain", "text/markdown", "text/latex"))
    return next(filter(None, texts), "[not shown]")


def _test_to_run(source: str) -> str | None:
    """The name in `run("…")`, where that is all that was typed."""
    try:
        body = ast.parse(source.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    match body:
        case [
            ast.Expr(ast.Call(func=ast.Name("run"), args=[ast.Constant(str(name))], keywords=[]))
        ]:
            return name
    return None


def _run_tests(console: Console, tests: HiddenTests, name: str) -> None:
    try:
        with console.status("testing (Ctrl-C ends it)"):
            graded = tests.run(name)
    except UsageError as error:
        console.print(escape(in_line(str(error))))
        return
    if graded.result.status != "graded":
        console.print(f"{graded.result.status}: {escape(in_line(graded.result.reason or ''))}")
    for task in graded.result.tasks:
        for test in task.tests:
            print_test(console, test, graded)

"""`autograder publish`: write a solution with its outputs, once all due dates are over."""

from __future__ import annotations

import datetime
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.api import Assignment as Booking
from nbgrader.api import SubmittedAssignment
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select
from traitlets.config import Config

from autograder.authoring import leaks
from autograder.authoring.build import build
from autograder.authoring.source import Source, parse
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.gradebook import extensions
from autograder.gradebook.database import exists, opened
from autograder.handout.solution_page import page

_FENCE = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
_LONGEST_CAUSE = 2000


def publish(
    assignment: Assignment, course: Course, output: Path, *, now: bool, seconds: int
) -> tuple[Path, Path]:
    """Run a solution in a fresh kernel and write `<output>/<a>/<a>.ipynb` and `.html`.

    Args:
        output: the directory for the published notebooks of all assignments.
        now: publish before the last student's due date, too.
        seconds: the time that a cell may take.

    Returns:
        The notebook and the page.

    Raises:
        UsageError: it is too early, nobody knows when it is not, what was built is not what its
            source says, a cell fails or runs too long, a public check does not pass, or something
            hidden would be published.
        BuildError: see `autograder.authoring.build.build`.
        OSError: a file can't be written.
    """
    if not now:
        refuse_before_due(assignment.name, course, _now())
    if build(assignment.name, assignment.repository, check=True).changes:
        raise UsageError(
            f"{assignment.name} is not built from its source; run `autograder build "
            f"{assignment.name}` first"
        )
    source = parse(assignment.source / "notebook.py")
    executed = _executed(assignment, seconds)
    notebook = _cleaned(executed)
    html = page(assignment, executed, notebook)
    _refuse_leaks(assignment, source, notebook)
    target = output / assignment.name
    paths = target / f"{assignment.name}.ipynb", target / f"{assignment.name}.html"
    write(paths[0], (nbformat.writes(notebook).rstrip("\n") + "\n").encode())
    write(paths[1], html.encode())
    return paths


# --- when ---


def refuse_before_due(assignment: str, course: Course, now: datetime.datetime) -> None:
    """Nothing is published while somebody may still hand in; `now` is in UTC, without a zone.

    Raises:
        UsageError: the due date, or the latest extension of it, is not over, or there is no due
            date.
    """
    due, extension = _due(assignment, course) if exists(course) else (None, datetime.timedelta(0))
    if due is None:
        raise UsageError(
            f"{course.root} has no due date for {assignment}, so students may still be working on "
            f"it: set one (nbgrader db assignment add {assignment} --duedate='2026-12-01 18:00 "
            "UTC'), or publish with --now"
        )
    if now < due + extension:
        longest = (
            f", with the longest extension {due + extension:%Y-%m-%d %H:%M} UTC"
            if extension
            else ""
        )
        raise UsageError(
            f"{assignment} is due {due:%Y-%m-%d %H:%M} UTC{longest}: publish its solution after "
            "that; --now publishes it anyway"
        )


def _due(assignment: str, course: Course) -> tuple[datetime.datetime | None, datetime.timedelta]:
    """The due date in UTC, without a zone, and the longest extension that a student has, who may
    not have handed in yet.
    """
    with opened(course) as gradebook:
        due = gradebook.db.scalar(select(Booking.duedate).where(Booking.name == assignment))
        given = (
            select(SubmittedAssignment.extension)
            .join(Booking, Booking.id == SubmittedAssignment.assignment_id)
            .where(Booking.name == assignment)
        )
        known = [*gradebook.db.scalars(given), *extensions.read(course, assignment).values()]
    return due, max(filter(None, known), default=datetime.timedelta(0))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


# --- run ---


def _executed(assignment: Assignment, seconds: int) -> NotebookNode:
    """The solution notebook with outputs, run beside its public checks in a fresh kernel."""
    notebook = nbformat.read(assignment.source / f"{assignment.name}.ipynb", as_version=4)
    with Progress(console=Console(highlight=False), transient=True) as progress:
        bar = progress.add_task(f"running {assignment.name}", total=len(notebook.cells))
        with tempfile.TemporaryDirectory(prefix="autograder-") as directory:
            (Path(directory) / "checks.py").write_bytes(
                (assignment.source / "checks.py").read_bytes()
            )
            run(
                notebook,
                Path(directory),
                seconds,
                lambda index: progress.update(bar, completed=index),
                assignment.name,
            )
    return notebook


def run(
    notebook: NotebookNode, directory: Path, seconds: int, begin: Callable[[int], None], name: str
) -> None:
    """Run a notebook in a fresh kernel; `begin` gets the number of each code cell, from 0.

    Raises:
        UsageError: a cell fails, runs too long or ends its process, or no kernel starts; the
            message names the cell.
    """
    at = "?"

    def start(cell: NotebookNode, cell_index: int) -> None:
        nonlocal at
        at = cell.id
        begin(cell_index)

    # Figures as data, not as pages that fetch plotly.js; a public check that does not pass raises.
    environment = os.environ | {
        "PLOTLY_RENDERER": "plotly_mimetype",
        "NBGRADER_EXECUTION": "validate",
    }
    with tempfile.TemporaryDirectory(
        prefix="autograder-"
    ) as sockets:  # which no other user can reach
        transport = {"transport": "ipc", "ip": f"{sockets}/kernel"}
        client = NotebookClient(
            notebook,
            timeout=seconds,
            kernel_name="python3",
            record_timing=False,
            on_cell_start=start,
            config=Config({"KernelManager": transport}),
            resources={"metadata": {"path": str(directory)}},
        )
        try:
            client.execute(
                env=environment, stderr=subprocess.DEVNULL
            )  # ipykernel's log of its own end
        except (*_EXPECTED, AssertionError) as error:
            if getattr(client, "_async_cleanup_kernel_future", None) is not None:
                # Its task that looked after the kernel fails too, which asyncio would tell with a
                # traceback.
                logging.getLogger("asyncio").setLevel(logging.CRITICAL)
                # nbclient took the signal and ended the kernel, which it misses now
                raise KeyboardInterrupt from None
            raise UsageError(_what_happened(error, name, at, seconds)) from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list(_joined(cell.outputs))


def _joined(outputs: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """Outputs with one stream where several follow each other: the kernel sends what is printed
    five times a second, so a slow machine cuts it elsewhere. (nbclient's `coalesce_streams` would
    move what is printed after a figure in front of it.)
    """
    for (kind, _), group in groupby(outputs, key=lambda each: (each.output_type, each.get("name"))):
        if kind == "stream":
            first = next(group)
            first.text += "".join(each.text for each in group)
            yield first
        else:
            yield from group


_EXPECTED = (CellTimeoutError, CellExecutionError, DeadKernelError, NoSuchKernel, RuntimeError)


def _what_happened(error: Exception, name: str, cell: str, seconds: int) -> str:
    """In a sentence; an error that is none of nbclient's is raised again."""
    match error:
        case CellTimeoutError():
            return (
                f"{name}: the cell {cell} ran longer than {seconds} s; raise --timeout. {_NOTHING}"
            )
        case CellExecutionError():
            cause = f"{error.ename}: {error.evalue}"[:_LONGEST_CAUSE]
            return f"{name}: the cell {cell} fails: {cause}\n{_NOTHING}"
        case DeadKernelError():
            return f"{name}: the cell {cell} ends the kernel's process. {_NOTHING}"
        case NoSuchKernel() | RuntimeError():
            return f"the Jupyter kernel python3 does not start ({error}); run `make setup`"
        case _:
            raise error


_NOTHING = "Nothing was published."


# --- show ---


def _cleaned(notebook: NotebookNode) -> NotebookNode:
    """The cells to publish, without fences and marks, so that students can edit them all."""
    cells = []
    for cell in notebook.cells:
        metadata = {key: value for key, value in cell.metadata.items() if key != "nbgrader"}
        cells.append(
            NotebookNode(
                cell | {"source": _FENCE.sub("", cell.source), "metadata": NotebookNode(metadata)}
            )
        )
    cleaned = NotebookNode(notebook | {"cells": cells})
    nbformat.validate(cleaned)
    return cleaned


def _refuse_leaks(assignment: Assignment, source: Source, notebook: NotebookNode) -> None:
    """Raise if the cells' outputs show anything of the suite or of other bank programs.

    Raises:
        UsageError: an output does.
    """
    public = tuple(
        replace(cell, visible=(*cell.visible, *cell.fenced), fenced=()) for cell in source.cells
    )
    shown = notebook | {"cells": [cell | {"source": ""} for cell in notebook.cells]}
    found = leaks.find_in_texts(
        list(leaks.texts(shown)), replace(source, cells=public), assignment.suite
    )
    if found:
        intro = (
            f"the published {assignment.name} would give hidden tests away; nothing was published:"
        )
        raise UsageError("\n".join([intro, *leaks.listed(found)]))

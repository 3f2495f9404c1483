"""Step 2, rebuild: the released notebook with the student's answers in it, and nothing else of theirs.

Tests, points, metadata and locked cells are always ours. Of the submission count the sources of the solution
cells, found by grade_id (or by cell id, where a tool dropped the metadata), and the student's extra cells,
which keep their place after the cell that they followed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from autograder.clean import inert
from autograder.course import Assignment
from autograder.intake import Cell


@dataclass(frozen=True)
class RunnableCell:
    """A code cell to execute: its place in the rebuilt notebook, its source, and the task that it solves.

    `check`: of a test cell, which never runs on the student's side, the task whose hidden tests stand there.
    """

    index: int
    source: str
    task: str | None
    check: str | None = None


@dataclass(frozen=True)
class Rebuilt:
    """The notebook to grade, as nbformat JSON; the cells to run; remarks for whoever reads the result."""

    notebook: dict[str, Any]
    cells: tuple[RunnableCell, ...]
    notes: tuple[str, ...]


def rebuild(assignment: Assignment, submitted: list[Cell]) -> Rebuilt:
    """Put a submission's answers into the released notebook.

    Raises:
        UsageError: the release can't be read.
    """
    release = copy.deepcopy(assignment.released)
    ours = {name: cell for cell in release["cells"] if (name := _identity(cell))}
    answers: dict[str, Cell] = {}
    extras: dict[str, list[Cell]] = {"": []}
    notes: list[str] = []
    place = ""
    for cell in submitted:
        identity = next((name for name in (cell.grade_id, cell.id) if name in ours), None)
        if identity is None or (_is_prose(ours[identity]) and cell.kind != "markdown"):
            extras.setdefault(place, []).append(cell)
        elif identity not in answers:
            answers[identity] = cell
            place = identity
        elif not _is_prose(ours[identity]):
            notes.append(f"cell {identity!r} is there more than once: the first counts as the answer")
            if _is_solution(ours[identity]):
                extras.setdefault(place, []).append(cell)

    cells: list[dict[str, Any]] = []
    runnable: list[RunnableCell] = []
    extra_number = 0

    def add_extras(place: str) -> None:
        nonlocal extra_number
        for extra in extras.get(place, ()):
            extra_number += 1
            if extra.kind == "code":
                runnable.append(RunnableCell(len(cells), extra.source, None))
            cells.append(_extra(extra, extra_number))

    add_extras("")
    for cell in release["cells"]:
        identity = _identity(cell)
        if identity is None:
            continue  # a play cell: the student's own copy of it, if any, is among the extras
        if _is_solution(cell):
            notes.extend(_answer(cell, identity, answers.get(identity)))
        if cell["cell_type"] == "code" and _runs(cell):
            runnable.append(RunnableCell(len(cells), cell["source"], identity if _is_solution(cell) else None))
        elif cell["cell_type"] == "code" and identity.endswith("-test"):
            runnable.append(RunnableCell(len(cells), "", None, check=identity.removesuffix("-test")))
        cells.append(cell)
        add_extras(identity)
    release["cells"] = cells
    return Rebuilt(release, tuple(runnable), tuple(notes))


def encode(notebook: dict[str, Any]) -> bytes:
    """A notebook as a file, laid out for people and for comparison."""
    return msgspec.json.format(msgspec.json.encode(notebook, order="sorted"), indent=1) + b"\n"


def _answer(cell: dict[str, Any], identity: str, answer: Cell | None) -> Iterator[str]:
    if answer is None:
        yield f"the cell of {identity!r} was deleted: it counts as not answered"
    elif answer.kind != cell["cell_type"]:
        yield f"the cell of {identity!r} was turned into {_kind(answer)} cell: it counts as not answered"
    elif cell["source"] != answer.source:
        cell["source"] = inert(answer.source) if answer.kind == "markdown" else answer.source


def _kind(cell: Cell) -> str:
    """For notes: a kind that no notebook has may hold anything."""
    return f"a {cell.kind}" if cell.kind in ("code", "markdown", "raw") else "another kind of"


def _mark(cell: dict[str, Any]) -> dict[str, Any]:
    return dict(cell["metadata"].get("nbgrader", {}))


def _identity(cell: dict[str, Any]) -> str | None:
    """By what a released cell is found again: its grade_id, or for prose its cell id. Play cells have none."""
    name = _mark(cell).get("grade_id") or (cell.get("id") if _is_prose(cell) else None)
    return str(name) if name else None


def _is_prose(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] != "code" and not _mark(cell)


def _is_solution(cell: dict[str, Any]) -> bool:
    return bool(_mark(cell).get("solution"))


def _runs(cell: dict[str, Any]) -> bool:
    """Solution cells and locked cells run; test cells never do on the student's side."""
    mark = _mark(cell)
    return bool(mark) and not mark.get("grade")


def _extra(cell: Cell, number: int) -> dict[str, Any]:
    kind = cell.kind if cell.kind in ("code", "markdown", "raw") else "raw"
    source = cell.source if kind == "code" else inert(cell.source)
    made: dict[str, Any] = {"cell_type": kind, "id": f"extra-{number}", "metadata": {}, "source": source}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made

"""Read a notebook as it was graded; a file that somebody damaged is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

import msgspec

from autograder.core.course import Course
from autograder.core.limits import MIB
from autograder.pipeline import intake

LARGEST = 500 * MIB


class Output(TypedDict, total=False):
    """The parts of an output that a page shows."""

    output_type: str
    text: str | list[str]
    ename: str
    evalue: str
    traceback: list[str]
    data: dict[str, msgspec.Raw]  # figures are large, and many are the same in a class


class Mark(TypedDict):
    """nbgrader's mark of a cell."""

    grade_id: str
    grade: NotRequired[bool]
    solution: NotRequired[bool]
    points: NotRequired[float]
    checksum: NotRequired[str]


class Metadata(TypedDict, total=False):
    """A cell's metadata."""

    nbgrader: Mark


class Cell(TypedDict):
    """The parts of a graded notebook's cell that pages and the gradebook need."""

    cell_type: str
    metadata: Metadata
    source: str | list[str]
    id: NotRequired[str]
    outputs: NotRequired[list[Output]]


class _Notebook(TypedDict):
    cells: list[Cell]


@dataclass(frozen=True)
class GradedNotebook:
    """The cells of a graded notebook, and the digest of its file."""

    sha256: str
    cells: list[Cell]


def read(course: Course, student: str, assignment: str) -> list[Cell] | None:
    """The cells of the notebook as it was graded; None where it is missing or damaged."""
    return cells_of(_data(course.autograded(student, assignment)))


def read_at(path: Path) -> GradedNotebook | None:
    """A graded notebook at this place; None where it is missing or damaged."""
    data = _data(path)
    cells = cells_of(data)
    return None if cells is None else GradedNotebook(hashlib.sha256(data).hexdigest(), cells)


def cells_of(data: bytes) -> list[Cell] | None:
    """The cells of a graded notebook's file; None where it is damaged."""
    try:
        return msgspec.json.decode(data, type=_Notebook)["cells"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _data(path: Path) -> bytes:
    try:
        return intake.read_regular(path, LARGEST) or b""
    except OSError:
        return b""


def text(cell: Cell) -> str:
    """The source of a cell as one string."""
    return "".join(cell["source"])


def marked(cells: Iterable[Cell]) -> Iterator[tuple[Mark, Cell]]:
    """The cells that nbgrader marked, each with its mark."""
    for cell in cells:
        mark = cell["metadata"].get("nbgrader")
        if mark is not None:
            yield mark, cell


def answers(cells: Iterable[Cell]) -> dict[str, str]:
    """The text of each answer, by its task."""
    return {mark["grade_id"]: text(cell) for mark, cell in marked(cells) if mark.get("solution")}

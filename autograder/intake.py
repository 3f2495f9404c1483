"""Step 1, intake: a regular file of bounded size that is a notebook, or a reason why not."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.clean import deeper_than
from autograder.errors import RejectedError
from autograder.limits import MIB, Limits

MAX_DEPTH = 100
ELSEWHERE = ("id", "grade_id", "nbgrader_grade_id", "name")
"""Where in a cell's metadata its id may stand beside nbgrader's mark: Colab, jupytext and converters put it there."""
MAX_CONTAINERS = 1_000_000  # lists and objects: each takes thirty times the bytes that it is written with


@dataclass(frozen=True)
class Submission:
    """The bytes of a submitted notebook as they were read, once."""

    student: str
    data: bytes
    sha256: str


@dataclass(frozen=True)
class Cell:
    """A cell of a submitted notebook: the little of it that grading reads."""

    kind: str
    source: str
    id: str | None
    grade_id: str | None
    others: tuple[str, ...] = ()
    """Names that a tool put elsewhere: Colab moves the id into the metadata."""


def read(student: str, path: Path, limits: Limits) -> Submission:
    """Read a submission without following links.

    Raises:
        RejectedError: there is no such file, or it is a link, a pipe, a directory, or too large.
    """
    for parent in (path.parent.parent, path.parent):
        if parent.is_symlink():
            raise RejectedError(f"{parent.name}/ is a symbolic link; submit a real folder.")
    try:
        data = read_regular(path, int(limits.notebook_mib * MIB) + 1)
    except FileNotFoundError:
        raise RejectedError(f"there is no {path.name}; the notebook must keep this name.") from None
    except OSError as error:
        what = "a symbolic link" if path.is_symlink() else f"not readable ({error.strerror})"
        raise RejectedError(f"{path.name} is {what}; submit the notebook itself.") from None
    if data is None:
        raise RejectedError(f"{path.name} is not a file; submit the notebook itself.")
    if len(data) > limits.notebook_mib * MIB:
        raise RejectedError(
            f"{path.name} is larger than {limits.notebook_mib} MiB; clear its outputs and submit again."
        )
    return Submission(student, data, hashlib.sha256(data).hexdigest())


def read_regular(path: Path, size: int) -> bytes | None:
    """The first `size` bytes of a regular file; None if it is something else. Never follows a link, never waits.

    Raises:
        OSError: there is no such file, it is a link, or it can't be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(size)


def parse(data: bytes, limits: Limits) -> list[Cell]:
    """The cells of a notebook.

    Raises:
        RejectedError: not UTF-8, not JSON, nested too deeply, too many lists, not a notebook, too many cells.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RejectedError("the file is not UTF-8 text, so it is not a notebook.") from None
    if not text.strip():
        raise RejectedError("the file is empty; save the notebook and submit again.")
    if text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise RejectedError("the notebook holds more than a million lists; clear its outputs and submit again.")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise RejectedError(
            "the file is not a notebook: it is no valid JSON (cut short, or another kind of file)."
        ) from None
    if deeper_than(notebook, MAX_DEPTH):
        raise RejectedError("the file is not a notebook: it is nested too deeply.")
    if not isinstance(notebook, dict) or type(notebook.get("nbformat")) is not int:
        raise RejectedError("the file is JSON but not a notebook: it has no nbformat number.")
    if not 1 <= notebook["nbformat"] <= 99:
        raise RejectedError("the file is JSON but not a notebook: its nbformat number is none.")
    if notebook["nbformat"] != 4:
        raise RejectedError(
            f"the notebook has format {notebook['nbformat']}; open and save it in JupyterLab, which writes format 4."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not cells:
        raise RejectedError("the notebook has no cells.")
    if len(cells) > limits.notebook_cells:
        raise RejectedError(f"the notebook has more than {limits.notebook_cells} cells.")
    return [_cell(number, cell) for number, cell in enumerate(cells, start=1)]


def _cell(number: int, cell: Any) -> Cell:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise RejectedError(f"cell {number} of the notebook is not a cell.")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise RejectedError(f"cell {number} of the notebook has no text.")
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    cell_id = cell.get("id")
    places = [metadata.get(name) for name in ELSEWHERE] if isinstance(metadata, dict) else []
    source = source.encode("utf-8", errors="replace").decode("utf-8")  # lone surrogates can't be sent
    return Cell(
        cell["cell_type"],
        source,
        cell_id if isinstance(cell_id, str) else None,
        grade_id if isinstance(grade_id, str) else None,
        tuple(name for name in places if isinstance(name, str)),
    )

"""Step 1, intake: accept a regular file of bounded size that is a notebook, or say why not."""

from __future__ import annotations

import codecs
import hashlib
import itertools
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from autograder.core import library_cell
from autograder.core.errors import RejectedError
from autograder.core.limits import MIB, Limits
from autograder.core.sanitize import deeper_than
from autograder.pipeline.slim import PIECE, Slimmer

MAX_DEPTH = 100
ELSEWHERE = ("id", "grade_id", "nbgrader_grade_id", "name")
"""Where in a cell's metadata its id may stand beside nbgrader's
mark: Colab, jupytext and converters put it there.
"""
MAX_FILE_MIB = 200
MAX_FILE = MAX_FILE_MIB * MIB
TOO_LARGE = f"the notebook is larger than {MAX_FILE_MIB} MiB; clear its outputs and submit again."
MAX_CONTAINERS = (
    1_000_000  # lists and objects: each takes thirty times the bytes that it is written with
)


@dataclass(frozen=True)
class Submission:
    """The bytes of a submitted notebook as they were read, once; a large one's without its outputs.

    The digest is that of the whole file.
    """

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
        file = _open(path)
    except FileNotFoundError:
        raise RejectedError(f"there is no {path.name}; the notebook must keep this name.") from None
    except OSError as error:
        what = "a symbolic link" if path.is_symlink() else f"not readable ({error.strerror})"
        raise RejectedError(f"{path.name} is {what}; submit the notebook itself.") from None
    if file is None:
        raise RejectedError(f"{path.name} is not a file; submit the notebook itself.")
    digest = hashlib.sha256()
    with file:
        if os.fstat(file.fileno()).st_size > MAX_FILE:
            raise RejectedError(TOO_LARGE)
        try:
            return Submission(
                student, without_outputs(_pieces(file, digest.update), limits), digest.hexdigest()
            )
        except OSError as error:
            raise RejectedError(
                f"{path.name} is not readable ({error.strerror}); submit it again."
            ) from None


def digest(student: str, path: Path, limits: Limits) -> str:
    """The digest of a submitted file; "" if it is no file that can be graded."""
    try:
        return read(student, path, limits).sha256
    except RejectedError:
        return ""


def without_outputs(pieces: Iterator[bytes], limits: Limits) -> bytes:
    """A notebook's bytes in pieces of slim.PIECE; its outputs are left out if there are several.

    Raises:
        RejectedError: what remains is too large.
    """
    first = next(pieces, b"")
    if len(first) < PIECE:
        return first
    slimmer = Slimmer(2 * limits.notebook_cells)
    size = 0
    for piece in itertools.chain([first], pieces):
        slimmer.feed(piece)
        size += len(piece)
        if size > MAX_FILE:
            raise RejectedError(TOO_LARGE)
        if len(slimmer.kept) > limits.notebook_mib * MIB:
            break
    slimmer.feed(b"", last=True)
    if len(slimmer.kept) > limits.notebook_mib * MIB:
        _decode(first[:1000])  # or says more
        raise RejectedError(
            f"the notebook is larger than {limits.notebook_mib} MiB without its outputs; "
            "take large texts and pictures out of its cells and submit again."
        )
    return bytes(slimmer.kept)


def _pieces(file: BinaryIO, see: Callable[[bytes], object]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        see(piece)
        yield piece
        if len(piece) < PIECE:
            return


def _open(path: Path) -> BinaryIO | None:
    """A regular file, open; None if it is something else. Never follows a link, never waits.

    Raises:
        OSError: there is no such file, it is a link, or it can't be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb", 2**13)  # said, or Python asks whether it is a terminal


def read_regular(path: Path, size: int) -> bytes | None:
    """The first `size` bytes of a regular file; None if it is
    something else. Never follows a link, never waits.

    Raises:
        OSError: there is no such file, it is a link, or it can't be read.
    """
    file = _open(path)
    if file is None:
        return None
    with file:
        return file.read(size)


def parse(data: bytes, limits: Limits) -> list[Cell]:
    """The cells of a notebook, without the one that brought the library with it.

    Raises:
        RejectedError: not UTF-8, not JSON, nested too deeply, too many lists, not a notebook, too
            many cells.
    """
    text = _decode(data)
    if not text.strip():
        raise RejectedError("the file is empty; save the notebook and submit again.")
    if text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise RejectedError(
            "the notebook holds more than a million lists beside its outputs; submit the file "
            "that Jupyter saves."
        )
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise RejectedError(
            "the file is not a notebook: it is not valid JSON (cut short, or another kind of file)."
        ) from None
    if deeper_than(notebook, MAX_DEPTH):
        raise RejectedError("the file is not a notebook: it is nested too deeply.")
    if not isinstance(notebook, dict) or type(notebook.get("nbformat")) is not int:
        raise RejectedError("the file is JSON but not a notebook: it has no nbformat number.")
    if not 1 <= notebook["nbformat"] <= 99:
        raise RejectedError("the file is JSON but not a notebook: its nbformat is not a number.")
    cells = _cells_of(notebook)
    if not isinstance(cells, list) or not cells:
        raise RejectedError("the notebook has no cells.")
    if len(cells) > limits.notebook_cells:
        raise RejectedError(f"the notebook has more than {limits.notebook_cells} cells.")
    read = (_cell(number, cell) for number, cell in enumerate(cells, start=1))
    return [cell for cell in read if cell is not None]


def _decode(data: bytes) -> str:
    """A notebook's text; a file that is text in another encoding is told how to become one."""
    again = "open it in a text editor, save it again with the encoding UTF-8, and submit that."
    head = data[:4]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        b"{" in head and b"\0" in head
    ):
        raise RejectedError(f"the file is not UTF-8 text but UTF-16: {again}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if (
            error.reason == "unexpected end of data" and len(data) == 1000
        ):  # only the beginning is asked about
            return ""
    if data.lstrip().startswith(b"{"):
        raise RejectedError(f"the file is not UTF-8 text, as notebooks are: {again}") from None
    raise RejectedError(
        "the file is not UTF-8 text, so it is not a notebook; submit the file that Jupyter saves."
    )


def _cells_of(notebook: dict[str, Any]) -> Any:
    """The list of cells of format 4; older ones, in worksheets, become such."""
    version = notebook["nbformat"]
    if version in (2, 3):
        sheets = notebook.get("worksheets")
        lists = (
            [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
            if isinstance(sheets, list)
            else []
        )
        return [_upgraded(cell) for cells in lists if isinstance(cells, list) for cell in cells]
    if version != 4:
        raise RejectedError(
            f"the notebook has format {version}; open and save it in JupyterLab, which writes "
            "format 4."
        )
    return notebook.get("cells")


def _upgraded(cell: Any) -> Any:
    """As nbformat does it: code was in `input`, and headings had a kind of their own."""
    if not isinstance(cell, dict):
        return cell
    kind = cell.get("cell_type")
    if kind == "code":
        return {**cell, "source": cell.get("input", "")}
    if (
        kind == "heading"
        and type(level := cell.get("level", 1)) is int
        and isinstance(cell.get("source"), str | list)
    ):
        source = "".join(map(str, cell["source"]))
        return {
            **cell,
            "cell_type": "markdown",
            "source": f"{'#' * min(max(level, 1), 6)} {' '.join(source.split())}",
        }
    return {**cell, "cell_type": "markdown"} if kind == "html" else cell


def _cell(number: int, cell: Any) -> Cell | None:
    """What grading reads of a cell; None where nothing is left of one that brought the library."""
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise RejectedError(
            f"cell {number} of the notebook is not valid; submit the file that Jupyter saves."
        )
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise RejectedError(
            f"cell {number} of the notebook has no source; submit the file that Jupyter saves."
        )
    own = library_cell.without(cell["cell_type"], source)
    if source and not own:
        return None
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    cell_id = cell.get("id")
    places = [metadata.get(name) for name in ELSEWHERE] if isinstance(metadata, dict) else []
    own = own.encode("utf-8", errors="replace").decode("utf-8")  # lone surrogates can't be sent
    return Cell(
        cell["cell_type"],
        own,
        cell_id if isinstance(cell_id, str) else None,
        grade_id if isinstance(grade_id, str) else None,
        tuple(name for name in places if isinstance(name, str)),
    )

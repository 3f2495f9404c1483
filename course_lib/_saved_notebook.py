"""Find the notebook that runs, and read it as it is on this disk."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_LONGEST = 50
_STUB = "*Your answer here.*"
"""What stands in the cell of a written answer when it is handed out."""
_ASK = 'name it: check_all("my_notebook.ipynb")'


@dataclass(frozen=True)
class Cell:
    """A code cell that is not empty; `number` is what Jupyter shows when all are run from the top.

    Attributes:
        grade_id: nbgrader's name of it; "" if it has none.
    """

    number: int
    source: str
    grade_id: str
    solution: bool

    @property
    def words(self) -> str:
        """How people find it: by its number, and its task or its first line."""
        if self.solution:
            return f"[{self.number}] (the cell of {self.grade_id})"
        first = next(line.strip() for line in self.source.split("\n") if line.strip())
        return f"[{self.number}] ({first if len(first) <= _LONGEST else first[:_LONGEST] + '…'})"


@dataclass(frozen=True)
class Saved:
    """A notebook as it was read; without a file (in Colab) there is neither digest nor time.

    Attributes:
        written: whether each written answer was begun, by its task.
    """

    name: str
    cells: tuple[Cell, ...]
    written: Mapping[str, bool]
    sha256: str = ""
    time: datetime.datetime | None = None


def read(named: str | os.PathLike[str] | None, namespace: Mapping[str, Any]) -> Saved:
    """The notebook of that name, or else the one that runs here.

    Raises:
        FileNotFoundError: there is no such file, or nobody knows here which one runs.
        ValueError: it is no notebook.
    """
    if named is None and "google.colab" in sys.modules:
        shown = _of_colab()
        return Saved("the notebook", _cells(shown), _written(shown))
    path = Path(named) if named is not None else _running(namespace)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; {_ASK}")
    with path.open("rb") as file:
        seconds = os.fstat(file.fileno()).st_mtime
        data = file.read()
    try:
        notebook = json.loads(data)
        cells, written = _cells(notebook), _written(notebook)
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is not a notebook of format 4") from None
    time = datetime.datetime.fromtimestamp(seconds).astimezone()
    return Saved(path.name, cells, written, hashlib.sha256(data).hexdigest(), time)


def _running(namespace: Mapping[str, Any]) -> Path:
    """The file that Jupyter's server or VS Code says that this kernel runs."""
    for told in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told.endswith(".ipynb"):
            return Path(told)
    raise FileNotFoundError(f"it is not known in which file this notebook is saved; {_ASK}")


def _of_colab() -> Any:
    """The notebook as it is in the browser: Colab saves it on a drive that a kernel can't see."""
    message = import_module("google.colab._message")
    return message.blocking_request("get_ipynb", request="", timeout_sec=30)["ipynb"]


def _cells(notebook: Any) -> tuple[Cell, ...]:
    sources = [
        ("".join(cell["source"]), cell.get("metadata", {}).get("nbgrader", {}))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]
    return tuple(
        Cell(number, source, str(mark.get("grade_id", "")), bool(mark.get("solution")))
        for number, (source, mark) in enumerate(sources, start=1)
    )


def _written(notebook: Any) -> dict[str, bool]:
    """By the task of each answer in words, whether somebody wrote one."""
    answers = {
        str(mark.get("grade_id", "")): "".join(cell["source"]).strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        and (mark := cell.get("metadata", {}).get("nbgrader", {})).get("solution")
    }
    return {task: bool(text) and _STUB not in text for task, text in answers.items()}

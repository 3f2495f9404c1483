"""Runs in a process of its own: all cells of a notebook, in order, going on after one that fails.

Pictures and texts of the cells go nowhere. `check` notes its results instead of showing them.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from course_lib._fresh_records import RECORDS, note, read

_CELL = re.compile(r"<cell (\d+)>")
_LONGEST = 500
Run = Callable[[int, str], BaseException | None]


def main(plan: str) -> None:
    """Run the cells of a plan, which is JSON, and then checks whose own cells are deleted."""
    import_module("course_lib.checking")  # with torch: its import is no cell's own time
    _show_no_figures()
    run = _with_ipython() or _without_ipython()
    asked = json.loads(Path(plan).read_text(encoding="utf-8"))
    for number, source in asked["cells"]:
        note(begin=number)
        error = run(number, source)
        if error is not None:
            note(error=_described(error))
    note(begin=0)
    checked = {line.get("task") for line in read(Path(os.environ[RECORDS]))}
    for task in asked["tasks"]:
        if task not in checked:
            run(0, f"__import__('course_lib').check({task!r})")
    note(end=True)


def _show_no_figures() -> None:
    """Plotly would open a browser for each, and Matplotlib a window."""
    import plotly.io
    from plotly.io.base_renderers import ExternalRenderer

    class Nowhere(ExternalRenderer):  # type: ignore[misc]  # Plotly has no types
        def render(self, _: Any) -> None:
            pass

    plotly.io.renderers["nowhere"] = Nowhere()
    plotly.io.renderers.default = "nowhere"
    os.environ.setdefault("MPLBACKEND", "agg")


def _with_ipython() -> Run | None:
    """Run cells as a notebook does, magics too; None where IPython is missing."""
    try:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config
    except ImportError:
        return None
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.enable_gui = lambda *_: None  # %matplotlib asks for a window's loop

    def run(number: int, source: str) -> BaseException | None:
        shell.compile.get_code_name = lambda *_: _file(number)
        shell.execution_count = number
        done = shell.run_cell(source, store_history=True)
        error: BaseException | None = done.error_before_exec or done.error_in_exec
        return error

    return run


def _without_ipython() -> Run:
    module = sys.modules["__main__"] = types.ModuleType("__main__")

    def run(number: int, source: str) -> BaseException | None:
        try:
            exec(compile(source, _file(number), "exec"), module.__dict__)
        except BaseException as error:  # noqa: BLE001 - SystemExit, too, ends its cell alone
            return error
        return None

    return run


def _file(number: int) -> str:
    return f"<cell {number}>"


def _described(error: BaseException) -> dict[str, Any]:
    """An error as JSON: its kind and text, the line of the cell, the name that is missing.

    `origin` is the number of the cell whose code raised it, maybe in a function.
    """
    places = [
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno or 0))
    found = [(_CELL.fullmatch(file), line) for file, line in places]
    cells = [(int(match[1]), line) for match, line in found if match]
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the student's own __str__
        text = ""
    return {
        "kind": type(error).__name__,
        "text": text if len(text) <= _LONGEST else text[:_LONGEST] + "…",
        "line": cells[0][1] if cells else None,
        "origin": cells[-1][0] if cells else None,
        "name": error.name if isinstance(error, NameError) else None,
    }

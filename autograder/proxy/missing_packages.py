"""Tell a student that a package or a function is not available while grading.

Sentences are ours; the one word of the student's side's, the name of a module, is told only where
the student's own source has it, since a text could carry a hidden input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from autograder.core.cells import RunnableCell
from autograder.sandbox.session import CellRun
from autograder.wire.packages import HAS, NO_KEYBOARD

_MODULE = re.compile(r"No module named '(\w{1,40})(?:\.\w{1,40}){0,8}'", re.ASCII)


def remark(kind: str) -> str:
    """What to add to the kind of an exception that a student's
    code raised; empty where there is nothing to say.
    """
    return {"ModuleNotFoundError": f": {HAS}", "EOFError": f": {NO_KEYBOARD}"}.get(kind, "")


def why_missing(name: str, cells: Iterable[RunnableCell], runs: Mapping[int, CellRun]) -> str:
    """What kept the cells that speak of `name` from defining it,
    if it was the room; otherwise empty.
    """
    for cell in cells:
        run = runs.get(cell.index)
        if run is None or run.ok or not re.search(rf"\b{re.escape(name)}\b", cell.source):
            continue
        for output in run.outputs:
            if sentence := _sentence(
                cell.source, str(output.get("ename", "")), str(output.get("evalue", ""))
            ):
                return f": {sentence}"
    return ""


def _sentence(source: str, kind: str, text: str) -> str:
    if kind == "EOFError" and re.search(r"\binput\s*\(", source):
        return NO_KEYBOARD
    if kind != "ModuleNotFoundError":
        return ""
    named = _MODULE.match(text)
    if named and re.search(rf"\b{named[1]}\b", source):
        return f"no module named {named[1]}: {HAS}"
    return HAS

"""Runs on the student's side: describe an exception by class, message and line."""

from __future__ import annotations

import builtins
import re
import traceback
from collections.abc import Callable

from autograder import wire

_CELL_FILE = re.compile(r"<cell (\d+)>")


def cell_file(index: int) -> str:
    """The file name under which cell number `index` is compiled."""
    return f"<cell {index}>"


def let_go(error: BaseException | None) -> None:
    """Clear the frames that an exception came through: a
    MemoryError would go on holding all that led to it.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            _ = (
                frame.f_locals
            )  # whoever printed the traceback left a copy of the variables there; this renews it
        error = error.__context__ if error.__cause__ is None else error.__cause__


def raised(error: BaseException) -> wire.Raised:
    """The class and the message of an exception, cut, and the last line of a cell in its way."""
    kind = next(
        (c.__name__ for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c),
        "Exception",
    )
    cell = line = None
    trace = error.__traceback__
    while trace is not None:
        match = _CELL_FILE.fullmatch(trace.tb_frame.f_code.co_filename)
        if match:
            cell, line = int(match[1]), trace.tb_lineno
        trace = trace.tb_next
    said = _said(lambda: str(error))
    if kind == "RuntimeError" and "can't allocate memory" in said:
        kind = "MemoryError"  # torch's own word for it
    return wire.Raised(kind, cell, line, _said(lambda: type(error).__name__), said)


def _said(text: Callable[[], str]) -> str:
    """An exception's own text, cut; a student's class may misbehave when asked for it."""
    try:
        return cut(text(), wire.bounds.MAX_MESSAGE)
    except BaseException:  # noqa: BLE001 - it then says nothing
        return ""


def cut(text: str, most: int) -> str:
    """So many characters that can be sent: half a surrogate pair has no bytes."""
    return text[:most].encode("utf-8", "replace").decode()

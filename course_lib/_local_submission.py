"""Show a test the notebook of this process, and decide whose fault an exception is."""

from __future__ import annotations

import re
import sysconfig
import traceback
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, Literal

import pytest
import torch
from torch import nn

from course_lib._mismatch import Mismatch

Outcome = Literal["passed", "failed", "error"]

_LONGEST_HINT = 1500
# What Python says of a call that does not fit the function; it is raised in the caller's frame, so
# in ours.
_WRONG_CALL = re.compile(
    r"\(\) (missing \d+ required|takes |got an unexpected keyword|got multiple values)"
    r"|object is not callable$"
)


class StudentView:
    """A namespace as attributes, as a driver sees it."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        """Return the student's value.

        Raises:
            Mismatch: the notebook has no such name.
            AttributeError: for Python's own double-underscore names.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._namespace:
            raise Mismatch(f"`{name}` is not defined yet: write its cell and run it first")
        return self._namespace[name]


class LocalSubmission(StudentView):
    """The notebook as a suite sees it, when both live in one process."""

    def __getattr__(self, name: str) -> Any:
        """Return the student's value; what its functions raise counts as the student's.

        Raises:
            Mismatch: the notebook has no such name.
            AttributeError: for Python's own double-underscore names.
        """
        value = super().__getattr__(name)
        if callable(value) and not isinstance(value, type | nn.Module | torch.Tensor):
            return _StudentFunction(value)
        return value

    def drive(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return `function(view, *args, **kwargs)`, run on the student's side."""
        return function(StudentView(self._namespace), *args, **kwargs)


class _StudentFunction:
    """A call that tracebacks show even where a built-in has no frame of its own."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)


_CALL: CodeType = _StudentFunction.__call__.__code__


def judge(error: BaseException, ours: Collection[str]) -> tuple[Outcome, str]:
    """Say whose fault an exception in a test is, and the hint that goes with it."""
    if isinstance(error, Mismatch):
        return "failed", _short(error.hint)
    place = _student_place(error.__traceback__, ours)
    if place is not None or (isinstance(error, TypeError) and _WRONG_CALL.search(str(error))):
        return "failed", _short(_exception_text(error)) + (place or "")
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return "failed", _short(str(error)) or "the result is not what the task asks for"
    return "error", _short(
        f"the check itself failed, which is not your fault: {_exception_text(error)}"
    )


def _student_place(trace: TracebackType | None, ours: Collection[str]) -> str | None:
    """Where in the student's code an exception arose; "" if unknown, None if elsewhere."""
    place = None
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code is _CALL:
            place = ""
        elif not _is_library(frame.f_code.co_filename) and frame.f_code.co_filename not in ours:
            summary = traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name)
            place = f"\n(line {line} of your code, in {summary.name})"
            if summary.line:
                place += f"\n    {summary.line}"
    return place


_LIBRARIES = tuple(
    {
        str(Path(__file__).resolve().parent),
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        *(str(Path(module.__file__).parent) for module in (pytest, torch) if module.__file__),
    }
)


def _is_library(filename: str) -> bool:
    return (
        filename.startswith(("<frozen", *_LIBRARIES))
        or "site-packages" in filename
        or "dist-packages" in filename
    )


def _exception_text(error: BaseException) -> str:
    # format_exception_only survives an exception whose own __str__ raises.
    return "".join(traceback.format_exception_only(error)).strip()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_HINT else text[:_LONGEST_HINT] + "…"

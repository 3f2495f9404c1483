"""How tests, cells and processes can end, and the words for it on pages, in notes and hints."""

from __future__ import annotations

from typing import Literal

from autograder.core.outcome import Outcome

Cause = Literal["timeout", "out_of_memory", "crashed", "not_started"]
"""Why a process of a submission is no more."""

SYMBOLS: dict[Outcome, str] = {
    "passed": "✓",
    "failed": "✗",
    "error": "✗",
    "timeout": "◷",
    "out_of_memory": "✗",
    "crashed": "✗",
}
WORDS: dict[Outcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "error": "stopped with an error",
    "timeout": "ran too long",
    "out_of_memory": "used too much memory",
    "crashed": "ended its process",
}
"""What a test did, in the past tense."""
TROUBLE: tuple[Outcome, ...] = ("timeout", "out_of_memory", "crashed")
"""The outcomes that cost a process."""

OF_A_CELL: dict[Cause, str] = {
    "timeout": "stopped: it ran for more than {seconds:g} s",
    "out_of_memory": "stopped: it used more memory than a submission may",
    "crashed": "it ended the Python process; the other cells were run without it",
    "not_started": "it could not be started",
}
"""Notes about a cell, below which the result names it; `seconds` is the limit."""
OF_TYPED_CODE: dict[Cause, str] = {
    "timeout": "it ran for more than {seconds:g} s",
    "out_of_memory": "it used more memory than a submission may",
    "crashed": "it ended the notebook's process",
    "not_started": "it could not be run",
}
"""What became of code that staff typed into a notebook; `seconds` is the limit."""
OF_ITS_TASK: dict[Cause, str] = {
    "timeout": "its cell was stopped: it ran too long",
    "out_of_memory": "its cell was stopped: it used more memory than a submission may",
    "crashed": "its cell ended the Python process",
    "not_started": "its cell could not be run",
}
"""Hints of the tests of a task whose cell did not come to an end."""
NOT_COUNTED = "it counts only together with"
"""How the hint begins of a test that failed only because what it builds on did."""
NO_TIME_LEFT = (
    "not run: the tests before this one used up the {seconds:g} s that a submission has for all "
    "its tests"
)
"""Hint of a test that came too late; `seconds` is the limit."""
OF_THE_SUBMISSION: dict[Cause, tuple[Outcome, str]] = {
    "timeout": ("timeout", "not run: the notebook's cells took all the time that a submission has"),
    "out_of_memory": (
        "out_of_memory",
        "it used more memory than a submission may, and was stopped",
    ),
    "crashed": (
        "crashed",
        "your code ended its Python process (os._exit, a crash in native code, a kill)",
    ),
    "not_started": ("error", "not run: the submission is running more processes than it may"),
}
"""Outcome and hint of a test whose process is no more."""


def is_consequence(hint: str | None) -> bool:
    """Whether a test failed only because of what came before it, as its hint says."""
    return hint is not None and hint.startswith((NOT_COUNTED, "not run:"))

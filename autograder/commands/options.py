"""Command-line options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from autograder.core.assignment import assignments, find
from autograder.core.errors import UsageError

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ASSIGNMENT]...", help="Assignments; all if none is named."),
]
CourseDir = Annotated[
    Path | None,
    typer.Option(
        "--course-dir",
        help="An nbgrader course directory; by default the one you stand in, if it has a "
        "gradebook.db or an nbgrader_config.py, else the repository.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=1, help="Submissions graded at the same time; one core each."),
]
Isolation = Annotated[
    Literal["namespaces", "process"],
    typer.Option(
        help="'process' grades without walls: only for submissions that you trust. Every result "
        "records this."
    ),
]


def named(names: list[str] | None) -> list[str]:
    """The assignments that were named, or all.

    Raises:
        UsageError: one is not there.
    """
    return [find(name).name for name in names] if names else assignments()


def device_of(wanted: str) -> str:
    """cpu or cuda.

    Raises:
        UsageError: CUDA is wanted, and this machine has none that PyTorch can use.
    """
    if wanted == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    built = "" if torch.version.cuda else " (the installed torch is built without CUDA)"
    raise UsageError(
        f"--device cuda: PyTorch finds no CUDA device here{built}; use --device cpu or auto"
    )


def stop(message: str, status: int) -> NoReturn:
    """End with a sentence and an exit status."""
    print(f"autograder: {message}", file=sys.stderr)
    raise typer.Exit(status)

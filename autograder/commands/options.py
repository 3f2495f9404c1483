"""Command-line options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from autograder.core import groups
from autograder.core.assignment import assignments, find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.text import many

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ASSIGNMENT]...", help="Assignments; all if none is named."),
]
CourseDir = Annotated[
    Path | None,
    typer.Option(
        "--course-dir",
        help="An nbgrader course directory; by default the current directory if it has a "
        "gradebook.db or an nbgrader_config.py, else the repository.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=1, help="Submissions graded at the same time; one core each."),
]
Device = Annotated[
    Literal["cpu", "cuda", "auto"],
    typer.Option(help="The device of the tests' tensors; 'auto': CUDA if this machine has it."),
]
WithBank = Annotated[
    bool,
    typer.Option("--bank/--no-bank", help="Name the known mistake that a wrong answer resembles."),
]
Isolation = Annotated[
    Literal["namespaces", "process"],
    typer.Option(
        help="'process' grades without a sandbox: use it only for submissions that you trust. "
        "Every result records which isolation was used."
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


def share_with_partners(course: Course, names: list[str]) -> None:
    """Give scores by hand of one member of a group to the others, and say so.

    Raises:
        UsageError: groups.csv or the gradebook can't be used.
    """
    if not (course.root / groups.FILE).exists():
        return
    from autograder.gradebook.partners import share_by_hand  # takes a second to import

    for name in names:
        shared = share_by_hand(course, name)
        if shared.given:
            scores = many(shared.given, "score")
            print(f"note: {name}: copied {scores}, given by hand, to the partners", file=sys.stderr)
        for which in shared.differ:
            print(f"note: {name}: partners have different scores for {which}", file=sys.stderr)


def stop(message: str, status: int) -> NoReturn:
    """End with a sentence and an exit status."""
    print(f"autograder: {message}", file=sys.stderr)
    raise typer.Exit(status)

"""Commands that hand out: the students' bundle, the published solution, a demo class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.commands.options import Device, Jobs, device_of, named
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import open_course
from autograder.core.errors import UsageError
from autograder.core.jobs import JOBS


def bundle(
    assignment: Annotated[str, typer.Argument(help="The assignment to pack.")],
    output: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; by default dist/<assignment>.zip in the repository, or "
            "dist/<assignment>.ipynb."
        ),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help='The due date, such as "2026-12-24 23:59 UTC"; START_HERE.html and the first '
            "check show it.",
        ),
    ] = None,
    one_file: Annotated[
        bool,
        typer.Option(
            "--one-file",
            help="Write a single notebook whose first cell unpacks the library and the checks: for "
            "Colab, Kaggle, and wherever a notebook can't have files beside it.",
        ),
    ] = False,
) -> None:
    """Pack the students' zip: notebook, checks, library, and a page that says how to begin.

    Nothing is written if anything hidden is in it.
    """
    from rich.console import Console

    from autograder.handout.bundle import bundle as bundle_zip
    from autograder.handout.one_file import one_file as bundle_notebook

    found = find(assignment)
    pack, ending = (bundle_notebook, "ipynb") if one_file else (bundle_zip, "zip")
    path = output or REPOSITORY / "dist" / f"{found.name}.{ending}"
    if path.is_dir() or path.suffix != f".{ending}":
        raise UsageError(f"--output {path}: name a file that ends with .{ending}")
    with Console().status(f"packing {found.name}"):
        made = pack(found, path, due)
    print(
        f"{made.path}: {made.size / 1000:.0f} kB, nothing hidden in it; sha256 {made.sha256[:16]}"
    )
    for name in made.names:
        print(f"  {found.name}/{name}")


def publish(
    assignment: Annotated[str, typer.Argument(help="The assignment whose solution to publish.")],
    course_dir: Annotated[
        Path | None,
        typer.Option(
            help="The course directory whose gradebook has the due date; by default the current "
            "directory if it has a gradebook.db or an nbgrader_config.py, else the repository."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="The directory to write to; by default published/ in the course directory."
        ),
    ] = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="Publish even if the due date has not passed or is not known."),
    ] = False,
    timeout: Annotated[
        int, typer.Option(min=1, help="Time limit for each cell, in seconds.")
    ] = 120,
) -> None:
    """Run the solution and write it, with its outputs, as a notebook and as a page."""
    from autograder.handout.publish import publish as publish_one

    course = open_course(course_dir)
    for path in publish_one(
        find(assignment), course, output or course.root / "published", now=now, seconds=timeout
    ):
        print(path)


def demo(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ASSIGNMENT]...", help="Assignments; 01_relu_matrix if none is named."
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(help="Where to make the course; by default a new temporary directory."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="A class for every assignment.")
    ] = False,
    device: Device = "cpu",
    jobs: Jobs = JOBS,
) -> None:
    """Make a class of 24 good and bad submissions, grade it, and list the files written.

    One class for each assignment that is named; without names, one for 01_relu_matrix.
    """
    from autograder.commands.demo_class import KINDS
    from autograder.commands.demo_class import demo as run_demo

    available = [name for name in named(None) if find(name).demo_functions]
    # The first with a task for each kind of program that breaks: then each loses its own task.
    first = [name for name in available if len(find(name).demo_functions) >= len(KINDS)]
    chosen = named(names) if names else (first or available)[:1]
    if not run_demo(available if everything else chosen, directory, jobs, device_of(device)):
        raise typer.Exit(1)

"""The command line: `autograder build | verify | calibrate | grade | feedback | demo`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from autograder import __version__
from autograder.course import REPOSITORY, assignments, find
from autograder.errors import BuildError, SandboxError, UsageError

app = typer.Typer(
    help="Grade a class on multi-layer perceptrons: hidden pytest suites, in a sandbox, into nbgrader's gradebook.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="Assignments; all if none is named.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Submissions graded at a time; one core each.")]
Isolation = Annotated[
    Literal["namespaces", "process"],
    typer.Option(help="'process' grades without walls: only for submissions that you trust. Every result says so."),
]
JOBS = min(os.cpu_count() or 1, 8)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"autograder {__version__}")
        raise typer.Exit


@app.command()
def build(
    names: Names = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if anything would change.")] = False,
) -> None:
    """Make the solution notebooks and the releases out of solutions/*/notebook.py."""
    from autograder.build import build as build_one

    drift = False
    for name in _named(names):
        report = build_one(name, REPOSITORY, check=check)
        for change in report.changes:
            print(f"{name}: {change.path.relative_to(REPOSITORY)} is {change.kind}")
        drift = drift or bool(report.changes)
        state = "up to date" if not report.changes else "differs" if check else "built"
        print(f"{name}: {state}")
    if check and drift:
        _stop("what is built differs from its sources; run `autograder build` and commit what it writes", 1)


@app.command()
def verify(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds each program is graded with.")] = 20,
    jobs: Jobs = JOBS,
) -> None:
    """Test the hidden suites: correct programs of the bank pass, wrong ones fail their tasks and no other."""
    from autograder.verify import verify as verify_one

    sound = [verify_one(find(name), seeds, jobs) for name in _named(names)]  # all of them, also after a bad one
    if not all(sound):
        raise typer.Exit(1)


@app.command()
def calibrate(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds each correct program runs with.")] = 40,
    jobs: Jobs = JOBS,
) -> None:
    """Measure how far correct programs stay below the loss thresholds of a suite; writes docs/thresholds.md."""
    from autograder.calibrate import calibrate as calibrate_one

    kept = [calibrate_one(find(name), seeds, jobs) for name in _named(names)]  # all of them, also after a bad one
    if not all(kept):
        raise typer.Exit(1)


@app.command()
def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.")],
    course_dir: Annotated[
        Path | None, typer.Option(help="An nbgrader course directory. [default: the repository]")
    ] = None,
    student: Annotated[list[str] | None, typer.Option(help="Grade only this student; may be repeated.")] = None,
    jobs: Jobs = JOBS,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the hidden inputs. [default: that of earlier results, else random]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is on record.")] = False,
    device: Annotated[
        Literal["cpu", "cuda", "auto"],
        typer.Option(help="Where the tests' tensors live; 'auto': on CUDA if this machine has it."),
    ] = "cpu",
    isolation: Isolation = "namespaces",
) -> None:
    """Grade what was submitted: results/, autograded/ and nbgrader's gradebook in the course directory.

    An interrupted run goes on where it stopped: what is on record for the same submission, suite and seed is kept.
    """
    from autograder.console import grade_with_progress
    from autograder.grade import Options, default_course

    options = Options(
        jobs=jobs, device=_device(device), isolation=isolation, seed=seed, force=force, students=tuple(student or ())
    )
    summary = grade_with_progress(default_course(course_dir, REPOSITORY), find(assignment), options)
    if summary.ungradable:
        raise typer.Exit(1)


@app.command()
def feedback(
    assignment: Annotated[str, typer.Argument(help="The graded assignment.")],
    course_dir: Annotated[
        Path | None, typer.Option(help="An nbgrader course directory. [default: the repository]")
    ] = None,
    student: Annotated[list[str] | None, typer.Option(help="Only this student's page; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write pages that are up to date anew as well.")] = False,
) -> None:
    """Write each student's page, feedback/<student>/<assignment>/<assignment>.html, for `nbgrader release_feedback`."""
    from autograder.feedback import feedback_with_progress
    from autograder.grade import default_course

    course = default_course(course_dir, REPOSITORY)
    if feedback_with_progress(course, find(assignment), tuple(student or ()), force=force).without:
        raise typer.Exit(1)


@app.command()
def bundle(
    assignment: Annotated[str, typer.Argument(help="The assignment to pack.")],
    output: Annotated[
        Path | None, typer.Option(help="The zip to write. [default: dist/<assignment>.zip of the repository]")
    ] = None,
) -> None:
    """Pack what students get: notebook, checks, library, how to begin. Refused if anything hidden is in it."""
    from rich.console import Console

    from autograder.bundle import bundle as bundle_one

    found = find(assignment)
    with Console().status(f"packing {found.name}"):
        made = bundle_one(found, output or REPOSITORY / "dist" / f"{found.name}.zip")
    print(f"{made.path}: {made.size / 1000:.0f} kB, nothing hidden in it; sha256 {made.sha256[:16]}")
    for name in made.names:
        print(f"  {found.name}/{name}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The name of the assignment, such as 05_my_topic.")],
    title: Annotated[str | None, typer.Option(help="The heading of its notebook. [default: from the name]")] = None,
) -> None:
    """Make a new assignment: a small one that builds, verifies and grades as it is, to be changed into yours."""
    from autograder.scaffold import new as make_new

    made = make_new(name, title, REPOSITORY)
    for path in made.paths:
        print(path.relative_to(REPOSITORY))
    print(f"""
Change these files into your assignment; docs/authors.md says how. After each change:

  autograder build {name}              notebook.py → the notebooks, searched for leaks
  autograder verify {name} --seeds 2   the suite against its bank
  autograder bundle {name}             the zip for students, once it is ready

Limits are 60 s a cell and 20 s a test. Others go into pyproject.toml:

  [tool.autograder.limits."{name}"]
  cell_seconds = 10""")


@app.command()
def publish(
    assignment: Annotated[str, typer.Argument(help="The assignment whose solution to publish.")],
    course_dir: Annotated[
        Path | None, typer.Option(help="Whose gradebook knows the due date. [default: the repository]")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Where to. [default: published/ of the course directory]")] = None,
    now: Annotated[bool, typer.Option("--now", help="Publish although students may still work on it.")] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds that a cell may take.")] = 120,
) -> None:
    """Run the solution and write it, with all that it shows, as a notebook and as a page."""
    from autograder.grade import default_course
    from autograder.publish import publish as publish_one

    course = default_course(course_dir, REPOSITORY)
    for path in publish_one(find(assignment), course, output or course.root / "published", now=now, seconds=timeout):
        print(path)


@app.command()
def demo(
    names: Names = None,
    directory: Annotated[
        Path | None, typer.Option(help="Where to make the course. [default: a new temporary directory]")
    ] = None,
    jobs: Jobs = JOBS,
) -> None:
    """Make a class of 24 submissions per assignment, good and bad, grade it, and say where everything lies."""
    from autograder.demo import LEAVES
    from autograder.demo import demo as run_demo

    if not run_demo(_named(names or list(LEAVES)), directory, jobs):
        raise typer.Exit(1)


def _device(wanted: str) -> str:
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
    raise UsageError(f"--device cuda: PyTorch finds no CUDA device here{built}; use --device cpu or auto")


def _named(names: list[str] | None) -> list[str]:
    return [find(name).name for name in names] if names else assignments()


def _stop(message: str, status: int) -> NoReturn:
    print(f"autograder: {message}", file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    """Run the command line. Errors are a sentence; 2 is the exit status of a wrong use, 130 of Ctrl-C."""
    try:
        app()
    except (UsageError, SandboxError, BuildError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"autograder: {error}; what was recorded so far is whole, run the same command again", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nautograder: interrupted; run the same command again to go on from here", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()

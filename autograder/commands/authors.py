"""Commands for authors of assignments: new, build, verify, mutate, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.commands.options import Device, Jobs, Names, device_of, named, stop
from autograder.core.assignment import REPOSITORY, find
from autograder.core.jobs import JOBS


def new(
    name: Annotated[str, typer.Argument(help="The name of the assignment, such as 05_my_topic.")],
    title: Annotated[
        str | None, typer.Option(help="The heading of its notebook; by default made from the name.")
    ] = None,
    mistakes: Annotated[
        bool,
        typer.Option(
            "--mistakes",
            help="For an existing assignment: write likely mistakes, derived from its solution, "
            "into its bank, as programs in reject/ for you to review.",
        ),
    ] = False,
) -> None:
    """Create a small assignment that can be built, verified and graded; change it into your own."""
    from autograder.authoring.new_assignment import new as make_new

    if mistakes:
        _new_mistakes(name)
        return
    made = make_new(name, title, REPOSITORY)
    for path in made.paths:
        print(path.relative_to(REPOSITORY))
    print(f"""
Change these files into your assignment; docs/authors.md says how. After each change:

  autograder build {name}              notebook.py → the notebooks, searched for leaks
  autograder verify {name} --seeds 2   the suite against its bank
  autograder bundle {name}             the zip for students, once it is ready

The limits are 60 s for a cell and 20 s for a test. To change them, write in pyproject.toml:

  [tool.autograder.limits."{name}"]
  cell_seconds = 10""")


def _new_mistakes(name: str) -> None:
    from autograder.authoring.mutation.mistakes import write_mistakes

    paths = write_mistakes(find(name))
    for path in paths:
        print(path.relative_to(REPOSITORY))
    print(
        f"Read each of these, then run `autograder verify {name}`: it says which ones the suite "
        "accepts."
        if paths
        else f"{name}: nothing new; its bank already has enough mistakes of each task, or the "
        "same ones"
    )


def build(
    names: Names = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything would change.")
    ] = False,
) -> None:
    """Build the solution notebooks and the releases from solutions/*/notebook.py."""
    from autograder.authoring.build import build as build_one

    drift = False
    for name in named(names):
        report = build_one(name, REPOSITORY, check=check)
        for change in report.changes:
            print(f"{name}: {change.path.relative_to(REPOSITORY)} is {change.kind}")
        drift = drift or bool(report.changes)
        state = "up to date" if not report.changes else "differs" if check else "built"
        print(f"{name}: {state}")
    if check and drift:
        stop(
            "some notebooks differ from their sources; run `autograder build` and commit the "
            "files it writes",
            1,
        )


def verify(
    names: Names = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="How many seeds each program is graded with.")
    ] = 20,
    mutants: Annotated[
        int, typer.Option(min=0, help="How many mutants of its programs each suite is tested with.")
    ] = 20,
    sample: Annotated[
        int,
        typer.Option(min=0, help="Only this many wrong programs, always the same ones; 0 for all."),
    ] = 0,
    device: Device = "cpu",
    jobs: Jobs = JOBS,
) -> None:
    """Test the hidden suites: correct programs must pass, wrong ones fail exactly their tasks."""
    from autograder.authoring.verify import verify as verify_one

    on = device_of(device)
    # All of them, also after a bad one.
    sound = [verify_one(find(name), seeds, jobs, mutants, sample, on) for name in named(names)]
    if not all(sound):
        raise typer.Exit(1)


def mutate(
    names: Names = None,
    task: Annotated[
        list[str] | None, typer.Option(help="Only mutants of this task; may be repeated.")
    ] = None,
    program: Annotated[
        list[str] | None, typer.Option(help="Only mutants of this program, such as accept/loops.")
    ] = None,
    operator: Annotated[
        list[str] | None,
        typer.Option(help="Only changes of this kind, or of kinds whose names begin with this."),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, help="Only this many mutants, always the same ones; 0 for all.")
    ] = 0,
    survivors: Annotated[
        bool, typer.Option("--survivors", help="Only mutants that survived their last run.")
    ] = False,
    afresh: Annotated[
        bool,
        typer.Option("--afresh", help="Run mutants again, even those with a result on record."),
    ] = False,
    seed: Annotated[int, typer.Option(help="The seed that the tests' inputs come from.")] = 0,
    report: Annotated[
        Path | None,
        typer.Option(help="List the survivors in this Markdown file, not on the screen."),
    ] = None,
    jobs: Jobs = JOBS,
) -> None:
    """Change correct programs in small ways: a hidden suite should notice every change.

    Exit status: 1 when a changed program survives, that is, passes all tests.
    """
    from autograder.authoring.mutation.mutate import Wish
    from autograder.authoring.mutation.mutate import mutate as mutate_one

    wish = Wish(
        tuple(task or ()), tuple(program or ()), tuple(operator or ()), sample, survivors, afresh
    )
    counted = [mutate_one(find(name), wish, seed, jobs, report) for name in named(names)]
    if not all(one.sound for one in counted):
        raise typer.Exit(1)


def calibrate(
    names: Names = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="How many seeds each correct program runs with.")
    ] = 40,
    jobs: Jobs = JOBS,
) -> None:
    """Measure how far correct programs stay below loss thresholds; write docs/thresholds.md."""
    from autograder.authoring.calibrate import calibrate as calibrate_one

    kept = [
        calibrate_one(find(name), seeds, jobs) for name in named(names)
    ]  # all of them, also after a bad one
    if not all(kept):
        raise typer.Exit(1)

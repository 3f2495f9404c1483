"""Run the command line: register the commands, and turn their errors into exit statuses."""

from __future__ import annotations

import errno
import gc
import sys
from typing import Annotated

import typer

from autograder import __version__
from autograder.commands import authors, handout, instructors, reading, results, staff, watching
from autograder.core.errors import BuildError, SandboxError, UsageError
from autograder.core.light_start import start_lightly

app = typer.Typer(
    help="Grade a class on multi-layer perceptrons: hidden pytest suites, in a sandbox, into "
    "nbgrader's gradebook.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"autograder {__version__}")
        raise typer.Exit


PANELS = {
    "A class": (
        instructors.doctor,
        instructors.collect,
        instructors.grade,
        instructors.merge,
        watching.watch,
        reading.read,
        results.feedback,
        results.report,
        results.export,
        staff.show,
        staff.shell,
    ),
    "Handing out": (handout.bundle, handout.publish, handout.demo),
    "Assignments": (authors.new, authors.build, authors.verify, authors.mutate, authors.calibrate),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)


INTERRUPTED = 130


def main() -> None:
    """Run the command line.

    Errors are a sentence; 2 is the exit status of a wrong use, 130 of Ctrl-C.
    """
    start_lightly()
    try:
        app()
    except (UsageError, SandboxError, BuildError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error
        advice = (
            "free some space there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "fix this"
        )
        print(
            f"autograder: {what}; {advice} and run the same command again; everything recorded so "
            "far is intact",
            file=sys.stderr,
        )
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer makes this of Ctrl-C
            print(
                "\nautograder: interrupted; run the same command again to continue from here",
                file=sys.stderr,
            )
        raise
    finally:
        gc.freeze()  # else the end looks once more at all that was imported: 0.2 s


if __name__ == "__main__":
    main()

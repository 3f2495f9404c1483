"""The command-line options of `autograder grade`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from autograder.core.jobs import MOST_JOBS

Students = Annotated[
    list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Submissions graded at the same time, one core each; with --scheduler, on each "
        f"machine.  [default: one per core, {MOST_JOBS} at most]",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Seed of the hidden inputs; by default the seed of the class's earlier runs, or a "
        "new one if there are none.",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Grade again, even submissions with a result on record.")
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Grade, show whose result would change and why, and write nothing."
    ),
]
WhichCounts = Annotated[
    Literal["latest", "best", "first"] | None,
    typer.Option(
        help="Which submission of a student counts, among the one in submitted/ and the earlier "
        "ones that it replaced; by default the policy of c.Autograder.attempts in "
        "nbgrader_config.py or, without one, the latest."
    ),
]
Share = Annotated[
    bool,
    typer.Option(
        "--share/--no-share",
        help="Grade only one of several submissions with the same cells; the results of the "
        "others say whose result was copied.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Grade on the machines of a Dask scheduler, such as tcp://10.0.0.1:8786 or "
        "tls://…; local:2 starts two machines here, as processes.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER/COUNT",
        help="Grade only this part of the class, such as 3/16. A digest of the student's id "
        "decides the part, so it is the same on every machine.",
    ),
]
ResultsOnly = Annotated[
    bool,
    typer.Option(
        "--results-only",
        help="Leave the gradebook alone, so that several machines can grade shards in one "
        "course directory; `autograder merge` enters the results.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Print the summary as JSON, for scripts; notes go to standard error."
    ),
]

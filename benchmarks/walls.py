"""Measure the cost of the walls: grade a class with and without them (`--isolation process`).

    .venv/bin/python benchmarks/walls.py [--submissions 40] [--jobs 2] [--rounds 2] [--write]

Both ways take turns, since a machine's speed drifts. Each run is a new process in a new course
directory. Without walls a submission still gets its own processes, time limits and resource limits,
but no namespaces and no seccomp filter. Exit status: 0 when all scores are the same, 1 when not.
`--write` puts what is printed into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import get_args

import engine
import msgspec
from report import REPORT, write_section
from throughput import ASSIGNMENT, SEED, make_class

from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.jobs import Isolation


@dataclass(frozen=True)
class Run:
    """A timed run, in seconds: since its process started, and until its first submission."""

    isolation: Isolation
    wall: float
    startup: float
    each: float
    """What a submission takes in its worker, median."""
    scores: dict[str, float | None]


def run(work: Path, class_: list[Member], isolation: Isolation, jobs: int) -> Run:
    """Grade the class in a new process.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    root = Path(tempfile.mkdtemp(dir=work))
    hand_in(Course(root), find(ASSIGNMENT), class_)
    arguments = [str(root), ASSIGNMENT, str(SEED), "task", str(jobs), isolation]
    start = time.monotonic()
    subprocess.run(
        [sys.executable, engine.__file__, *arguments], check=True, stderr=subprocess.DEVNULL
    )
    wall = time.monotonic() - start
    told = msgspec.json.decode((root / engine.TOLD).read_bytes(), type=engine.EngineRun)
    print(f"{isolation}: {wall:.1f} s", file=sys.stderr, flush=True)
    scores = {name: result.score for name, result in told.results.items()}
    return Run(
        isolation, wall, told.first - start, median(t.wall for t in told.timings.values()), scores
    )


def report(runs: list[Run], count: int, jobs: int) -> list[str]:
    """The section's lines."""
    lines = [
        f"{count} submissions of {ASSIGNMENT}, {jobs} workers. {os.cpu_count()} cores, Linux "
        f"{platform.release()}, Python {platform.python_version()}.",
        "",
        "| isolation | runs | per minute | per minute without start-up | ms per submission, "
        "median |",
        "|---|---:|---:|---:|---:|",
    ]
    rates = {}
    for isolation in get_args(Isolation):
        mine = [r for r in runs if r.isolation == isolation]
        rates[isolation] = mean(60 * count / (r.wall - r.startup) for r in mine)
        whole, each = mean(60 * count / r.wall for r in mine), 1000 * mean(r.each for r in mine)
        lines.append(
            f"| {isolation} | {len(mine)} | {whole:.0f} | {rates[isolation]:.0f} | {each:.0f} |"
        )
    price = rates["process"] / rates["namespaces"] - 1
    return [
        *lines,
        "",
        f"Without walls, {100 * price:+.0f} % submissions per minute (start-up left out).",
    ]


def main() -> int:
    """Run the benchmark; its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--submissions", type=int, default=40, help="size of the class (40)")
    parser.add_argument("--jobs", type=int, default=2, help="workers (2)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each way is timed (2)")
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    class_ = make_class(find(ASSIGNMENT), max(4, arguments.submissions))
    with tempfile.TemporaryDirectory(prefix="walls-") as directory:
        ways = [way for _ in range(arguments.rounds) for way in get_args(Isolation)]
        runs = [run(Path(directory), class_, way, arguments.jobs) for way in ways]
    lines = report(runs, len(class_), arguments.jobs)
    print("\n".join(lines))
    if arguments.write:
        write_section("The price of the walls", Path(__file__).name, lines)
    return 0 if all(r.scores == runs[0].scores for r in runs) else 1


if __name__ == "__main__":
    sys.exit(main())

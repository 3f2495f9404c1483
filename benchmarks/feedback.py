"""Compare the speed of `autograder feedback` with stock `nbgrader generate_feedback`.

    .venv/bin/python benchmarks/feedback.py [--submissions 100] [--assignment 01_relu_matrix]
    [--write]

The class is that of throughput.py, graded once by the engine. Both make a page of each of the same
graded notebooks, stock nbgrader with its own exporter. Each run is a new process, timed from
outside, imports and all; the engine runs before and after stock nbgrader does, since a machine's
speed drifts, and once more when all pages are up to date. Before all that comes the first run after
grading, which grades the bank's mistakes too. Exit status: 1 when the engine takes more
than a tenth of stock nbgrader's time of a core, or when pages are missing. `--write` puts what is
printed into docs/benchmarks.md, under the heading "Feedback".
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import stock
from report import REPORT, write_section
from throughput import make_class

from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course

TARGET = 10
AUTOGRADER = str(Path(sys.executable).with_name("autograder"))


@dataclass(frozen=True)
class Run:
    """Seconds of one command: on the clock, and of a core.

    Other programs on the machine change the time of a core less.
    """

    wall: float
    cpu: float


def timed(root: Path, command: list[str]) -> Run:
    """Run a command in a course directory.

    Raises:
        SystemExit: the command failed.
    """
    print("$ " + " ".join(command[:3]), file=sys.stderr, flush=True)
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=root, env=stock.environment(root), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"{done.stdout}\n{done.stderr[-3000:]}\nended with status {done.returncode}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(time.monotonic() - start, cpu)


def sizes(root: Path, folder: str, name: str) -> list[int]:
    """The sizes of the pages in a folder of the course directory, in bytes."""
    return [path.stat().st_size for path in root.glob(f"{folder}/*/{name}/{name}.html")]


@dataclass(frozen=True)
class Comparison:
    """Runs of both commands on one class, in this order, and the sizes of their pages."""

    bank: Run
    first: Run
    stock: Run
    again: Run
    current: Run
    pages: list[int]
    stock_pages: list[int]

    @property
    def cpu_ratio(self) -> float:
        """How often the engine's time of a core fits into stock nbgrader's."""
        return self.stock.cpu / mean([self.first.cpu, self.again.cpu])


def compare(assignment: Assignment, class_: list[Member]) -> Comparison:
    """Grade a class, then write its pages with both commands."""
    with tempfile.TemporaryDirectory(prefix="feedback-") as directory:
        root = Path(directory)
        hand_in(Course(root), assignment, class_)
        timed(
            root, [AUTOGRADER, "grade", assignment.name, "--course-dir", str(root), "--jobs", "2"]
        )
        ours = [AUTOGRADER, "feedback", assignment.name, "--course-dir", str(root)]
        theirs = [
            *stock.command("generate_feedback", assignment),
            "--CourseDirectory.feedback_directory=stock",
        ]
        return Comparison(
            bank=timed(root, ours),
            first=timed(root, [*ours, "--force"]),
            stock=timed(root, theirs),
            again=timed(root, [*ours, "--force"]),
            current=timed(root, ours),
            pages=sizes(root, "feedback", assignment.name),
            stock_pages=sizes(root, "stock", assignment.name),
        )


def report(assignment: Assignment, count: int, load: float, both: Comparison) -> list[str]:
    """The lines that are printed and go into docs/benchmarks.md."""
    runs = [
        ("autograder feedback, grading the bank's mistakes too", both.bank),
        ("autograder feedback --force", both.first),
        ("stock nbgrader generate_feedback", both.stock),
        ("autograder feedback --force", both.again),
        ("autograder feedback, all up to date", both.current),
    ]
    ratio = both.stock.wall / mean([both.first.wall, both.again.wall])
    return [
        f"{count} graded submissions of {assignment.name}. {os.cpu_count()} cores, Linux "
        f"{platform.release()}, Python {platform.python_version()}; load before: {load:.1f}.",
        "",
        "| runs, in this order | wall s | of a core s | ms of a core per page | × stock, wall | × "
        "stock, core |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {1000 * run.cpu / count:.0f} "
            f"| {both.stock.wall / run.wall:.1f} | {both.stock.cpu / run.cpu:.1f} |"
            for name, run in runs
        ),
        "",
        f"- The mean of both runs with --force is {both.cpu_ratio:.1f} × as fast as stock "
        f"nbgrader by time of a core (wanted: {TARGET}), {ratio:.1f} × by the clock, with "
        "whatever else the machine did meanwhile.",
        f"- A page has {mean(both.pages) / 1e6:.2f} MB, stock nbgrader's "
        f"{mean(both.stock_pages) / 1e6:.2f} MB and no figure.",
    ]


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--submissions", type=int, default=100, help="size of the class, at least 4 (100)"
    )
    parser.add_argument("--assignment", default="01_relu_matrix", help="(01_relu_matrix)")
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    assignment, load = find(arguments.assignment), os.getloadavg()[0]
    class_ = make_class(assignment, max(4, arguments.submissions))
    both = compare(assignment, class_)
    lines = report(assignment, len(class_), load, both)
    print("\n".join(lines))
    if arguments.write:
        write_section("Feedback", Path(__file__).name, lines)
    complete = len(both.pages) == len(both.stock_pages) == len(class_)
    return 0 if both.cpu_ratio >= TARGET and complete else 1


if __name__ == "__main__":
    sys.exit(main())

"""Time what need not be graded: a class that is unchanged, and a class of few different notebooks.

    .venv/bin/python benchmarks/regrade.py [--submissions 300] [--assignment 01_relu_matrix]
    [--write]

The class of throughput.py, in which each notebook differs from the others by a comment at least, is
graded, then graded again with nothing changed. A second class of the same size holds ten different
notebooks. Stock nbgrader, which grades every submission again, grades eight of the first class, and
its time for all is extrapolated from them. Every run is a new process, imports and all. Exit
status: 1 when an unchanged class takes more than a thousandth of stock nbgrader's time, or the
class of ten notebooks more than a fifth of the other's. `--write` puts what is printed into
docs/benchmarks.md, under the heading "Regrade".
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import stock
from feedback import AUTOGRADER, Run, timed
from report import REPORT, write_section
from throughput import SEED, make_class

from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course

UNCHANGED, FEW = 1000, 5
DIFFERENT = 10
BY_STOCK = 8


@dataclass(frozen=True)
class Runs:
    """The runs, in their order; `stock_one` is stock nbgrader's time of a submission, in s."""

    different: Run
    unchanged: Run
    stock_one: float
    few: Run

    def ratio(self, count: int) -> float:
        """How often an unchanged class's time fits into stock nbgrader's for it."""
        return count * self.stock_one / self.unchanged.wall


def unlike(class_: list[Member]) -> list[Member]:
    """The class with a comment of its own in every code cell."""
    made = []
    for number, member in enumerate(class_):
        notebook = json.loads(member.notebook)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = "".join(cell["source"]) + f"\n# {number}"
        made.append(replace(member, notebook=json.dumps(notebook).encode()))
    return made


def measure(assignment: Assignment, class_: list[Member], work: Path) -> Runs:
    """Grade both classes with the engine, and the first of one with stock nbgrader."""
    ours, few, theirs = work / "different", work / "few", work / "stock"
    hand_in(Course(ours), assignment, unlike(class_))
    alike = [
        replace(member, notebook=class_[number % DIFFERENT].notebook)
        for number, member in enumerate(class_)
    ]
    hand_in(Course(few), assignment, alike)
    theirs.mkdir()
    stock.make_course(theirs, assignment, class_[:BY_STOCK], SEED)

    def engine(root: Path) -> Run:
        command = [AUTOGRADER, "grade", assignment.name, "--course-dir", str(root)]
        return timed(root, [*command, "--jobs", "2", "--seed", str(SEED)])

    different, unchanged = engine(ours), engine(ours)
    stock_one = timed(theirs, stock.command("autograde", assignment)).wall / BY_STOCK
    return Runs(different, unchanged, stock_one, engine(few))


def report(assignment: Assignment, count: int, load: float, runs: Runs) -> list[str]:
    """The lines that are printed and go into docs/benchmarks.md."""
    rows = [
        ("all different", runs.different.wall),
        ("the same class again, unchanged", runs.unchanged.wall),
        (f"{DIFFERENT} different notebooks", runs.few.wall),
        (f"stock nbgrader autograde, extrapolated from {BY_STOCK}", count * runs.stock_one),
    ]
    return [
        f"{count} submissions of {assignment.name}, 2 workers. {os.cpu_count()} cores, Linux "
        f"{platform.release()}, Python {platform.python_version()}; load before: {load:.1f}.",
        "",
        "| class | wall s, start included |",
        "|---|---:|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in rows),
        "",
        f"- Unchanged: {runs.ratio(count):.0f} × stock nbgrader (wanted: {UNCHANGED}).",
        f"- All different: {count * runs.stock_one / runs.different.wall:.1f} × stock nbgrader.",
        f"- {DIFFERENT} different notebooks take {runs.few.wall / runs.different.wall:.2f} of the "
        f"time of {count} (wanted: at most {1 / FEW:.2f}).",
    ]


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--submissions", type=int, default=300, help="size of each class (300)")
    parser.add_argument("--assignment", default="01_relu_matrix", help="(01_relu_matrix)")
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    assignment, load = find(arguments.assignment), os.getloadavg()[0]
    class_ = make_class(assignment, max(BY_STOCK, arguments.submissions))
    with tempfile.TemporaryDirectory(prefix="regrade-") as directory:
        runs = measure(assignment, class_, Path(directory))
    lines = report(assignment, len(class_), load, runs)
    print("\n".join(lines))
    if arguments.write:
        write_section("Regrade", Path(__file__).name, lines)
    met = runs.ratio(len(class_)) >= UNCHANGED and FEW * runs.few.wall <= runs.different.wall
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

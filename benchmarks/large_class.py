"""Measure how memory and time grow with a class, up to 100,000 students.

    .venv/bin/python benchmarks/large_class.py [--sizes 1000 10000 100000] [--write]

A class hands in one archive, which `collect` stores; `grade` records results that take no time to
find out (those of 24 programs, graded once, are given again and again), so that all that is left
is reading, recording and the gradebook; then `export` and `report` run. Each command is a process
of its own; its time is that of the clock, and its memory the largest that the kernel saw. Exit
status: 1 when a bound of BOUNDS is broken at the largest size. `--write` puts what is printed into
docs/benchmarks.md, under the heading "Large classes".
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import msgspec
from report import REPORT, write_section

from autograder.commands.demo_class import hand_in, members
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course
from autograder.core.jobs import Graded, Job, Setup, Timing, provenance
from autograder.core.outcome import Result
from autograder.grading.grade_class import Graders, Options, grade
from autograder.pipeline import record

SEED = 5
BOUNDS = {
    "collect": (None, 1024),
    "grade": (200.0, 1024),
    "report": (95.0, 2048),
    "export": (25.0, 2048),
}
"""Seconds and MiB that a command may take with 100,000 students; grade: 500 results a second;
report and export: two minutes together."""


class Known:
    """Graders that know all results: those of a small class that was graded before."""

    def __init__(self, assignment: Assignment, setup: Setup, small: Course) -> None:
        self._assignment, self._setup = assignment, setup
        self._known = {
            digest(small, result.student, assignment): (
                result,
                small.autograded(result.student, assignment.name).read_bytes(),
            )
            for result in graded(small, assignment)
        }

    def run(self, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Give each job the result of the same file in the small class."""
        for job in jobs:
            known, notebook = self._known[job.sha256]
            basis = provenance(self._assignment, job.sha256, job.seed, self._setup)
            result = msgspec.structs.replace(known, student=job.student, provenance=basis)
            yield Graded(result, notebook, Timing())


def graded(small: Course, assignment: Assignment) -> list[Result]:
    """The results of the small class, of those that were graded."""
    students = small.students(assignment.name)
    results = [record.read(small, student, assignment.name) for student in students]
    return [r for r in results if r is not None and r.status == "graded"]


def digest(course: Course, student: str, assignment: Assignment) -> str:
    """Of the file that a student handed in."""
    return hashlib.sha256(course.submission(student, assignment.name).read_bytes()).hexdigest()


def grade_known(root: Path, small: Path, name: str) -> None:
    """Record a class's results; runs in a process of its own."""
    assignment = find(name)

    def graders(setup: Setup, _seed: int, _total: int) -> AbstractContextManager[Graders]:
        return nullcontext(Known(assignment, setup, Course(small)))

    options = Options(seed=SEED, share=False)
    grade(Course(root), assignment, options, lambda _: None, lambda *_: None, graders)


FIGURE = [
    "![Seconds and memory of collect, grade, report and export against the size of the class, both "
    "axes logarithmic; the table above has the same numbers.](images/large-classes.png)"
]


@dataclass(frozen=True)
class Run:
    """One command: seconds by the clock, and MiB of its process at most."""

    seconds: float
    mib: float


def timed(command: list[str]) -> Run:
    """Run a command.

    Raises:
        SystemExit: it failed.
    """
    print("$ " + " ".join(command[1:4]), file=sys.stderr, flush=True)
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    return Run(time.monotonic() - start, usage.ru_maxrss / 1024)


def measure(assignment: Assignment, size: int, small: Path, work: Path) -> dict[str, Run]:
    """All commands on one class."""
    root, archive = work / "course", work / "class.zip"
    root.mkdir(parents=True)
    course = Course(small)
    files = [
        course.submission(result.student, assignment.name).read_bytes()
        for result in graded(course, assignment)
    ]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for number in range(size):
            packed.writestr(
                f"student{number:06d}/{assignment.name}.ipynb", files[number % len(files)]
            )
    autograder = str(Path(sys.executable).with_name("autograder"))
    at = ["--course-dir", str(root)]
    return {
        "collect": timed([autograder, "collect", assignment.name, str(archive), *at]),
        "grade": timed(
            [sys.executable, __file__, "--known", str(root), str(small), assignment.name]
        ),
        "export": timed([autograder, "export", "--to", "csv", assignment.name, *at]),
        "report": timed([autograder, "report", assignment.name, "--no-bank", *at]),
    }


def lines_of(runs: dict[int, dict[str, Run]], load: float) -> list[str]:
    """The lines that are printed and go into docs/benchmarks.md."""
    largest = max(runs)
    rate = largest / runs[largest]["grade"].seconds
    return [
        f"Classes of 01_relu_matrix. {os.cpu_count()} cores, Linux {platform.release()}, Python "
        f"{platform.python_version()}; load before: {load:.1f}.",
        "",
        "| command | " + " | ".join(f"{size:,} students" for size in runs) + " |",
        "|---|" + "---:|" * len(runs),
        *(
            f"| {name} | "
            + " | ".join(
                f"{each[name].seconds:.0f} s, {each[name].mib:.0f} MiB" for each in runs.values()
            )
            + " |"
            for name in BOUNDS
        ),
        "",
        f"`grade` recorded {rate:.0f} results a second, on disk and in the gradebook.",
    ]


def draw(runs: dict[int, dict[str, Run]]) -> None:
    """Draw how time and memory grow, into docs/images."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, mark in zip(BOUNDS, "osD^", strict=True):
        left.loglog(
            list(runs), [each[name].seconds for each in runs.values()], marker=mark, label=name
        )
        right.loglog(
            list(runs), [each[name].mib for each in runs.values()], marker=mark, label=name
        )
    left.set_title("seconds")
    right.set_title("MiB of memory at most")
    for axes in (left, right):
        axes.set_xlabel("students")
        axes.grid(alpha=0.3)
    left.legend()
    figure.savefig(REPORT.parent / "images" / "large-classes.png", dpi=110)


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    parser.add_argument("--known", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.known:
        grade_known(Path(arguments.known[0]), Path(arguments.known[1]), arguments.known[2])
        return 0
    assignment, load = find("01_relu_matrix"), os.getloadavg()[0]
    runs = {}
    with tempfile.TemporaryDirectory(prefix="large-") as directory:
        small = Path(directory) / "small"
        hand_in(Course(small), assignment, members(assignment))
        grade(Course(small), assignment, Options(seed=SEED), lambda _: None, lambda *_: None)
        for size in sorted(arguments.sizes):
            runs[size] = measure(assignment, size, small, Path(directory) / str(size))
            print("\n".join(lines_of(runs, load)), flush=True)
    if arguments.write:
        write_section("Large classes", Path(__file__).name, [*lines_of(runs, load), "", *FIGURE])
        draw(runs)
    broken = [
        name
        for name, (seconds, mib) in BOUNDS.items()
        if runs[max(runs)][name].mib > mib
        or (seconds is not None and runs[max(runs)][name].seconds > seconds)
    ]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

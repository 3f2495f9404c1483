"""Compare speed and scores of the engine with stock `nbgrader autograde` on the same class.

    .venv/bin/python benchmarks/throughput.py [--submissions 60] [--jobs 2] [--stock N] [--write]

The class is made out of the bank of 01_relu_matrix: correct programs, programs with one mistake,
the untouched release. The engine grades it with a fork per task and with a fork per test, before
and after stock nbgrader does, since a machine's speed drifts, and once with one worker. Each run is
a new process in a new course directory, timed from outside, imports and all. Stock nbgrader gets a
course of its own, whose test cells hold the same hidden tests (run in the student's process, as
hidden test cells are) and end in points × passed weight / total weight. Exit status: 0 when all
scores are the same, 1 when not. `--write` puts what is printed into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any, get_args

import engine
import msgspec
import stock
from memory import MemoryWatch
from report import REPORT, write_section

from autograder.authoring import bank
from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import REPOSITORY, Assignment, find
from autograder.core.course import Course
from autograder.core.jobs import ForkPer

ASSIGNMENT = "01_relu_matrix"
SEED = 1
MIB = 2**20
FORK_PER: tuple[ForkPer, ...] = get_args(ForkPer)


@dataclass
class Run:
    """One timed run.

    Seconds are from the start of its process; `watching` is what measuring the memory took.
    """

    name: str
    count: int
    root: Path
    wall: float = 0.0
    startup: float = 0.0
    memory: int = 0
    watching: float = 0.0
    engine: engine.EngineRun | None = None
    scores: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Submissions per minute."""
        return 60 * self.count / self.wall


def make_class(assignment: Assignment, count: int) -> list[Member]:
    """The untouched release, then correct and wrong programs, always mixed the same."""
    programs = bank.load(assignment)
    correct = [p for p in programs if not p.fails]
    wrong = [p for p in programs if p.fails]
    random.Random(SEED).shuffle(wrong)
    chosen = correct[: max(1, count // 4)]
    chosen += [wrong[n % len(wrong)] for n in range(count - 1 - len(chosen))]
    random.Random(SEED).shuffle(chosen)
    notebooks = [("untouched", bank.submission(assignment, {}, reference=False))]
    notebooks += [(p.name, bank.submission(assignment, p.cells)) for p in chosen]
    return [
        Member(f"s{n:03}", what, json.dumps(notebook).encode(), None)
        for n, (what, notebook) in enumerate(notebooks, start=1)
    ]


def run_engine(
    work: Path, assignment: Assignment, class_: list[Member], fork_per: ForkPer, jobs: int
) -> Run:
    """Grade a class with the engine, in a new process."""
    run = Run(_name(fork_per, jobs), len(class_), Path(tempfile.mkdtemp(dir=work)))
    hand_in(Course(run.root), assignment, class_)
    command = [
        sys.executable,
        engine.__file__,
        str(run.root),
        assignment.name,
        str(SEED),
        fork_per,
        str(jobs),
    ]
    start = _timed(run, command, None, _say)
    run.engine = msgspec.json.decode((run.root / engine.TOLD).read_bytes(), type=engine.EngineRun)
    run.startup = run.engine.first - start
    run.scores = {(r.student, t.id): t.score for r in run.engine.results.values() for t in r.tasks}
    return run


def run_stock(work: Path, assignment: Assignment, class_: list[Member]) -> Run:
    """Grade a class with stock `nbgrader autograde`."""
    run = Run("stock nbgrader autograde", len(class_), Path(tempfile.mkdtemp(dir=work)))
    stock.make_course(run.root, assignment, class_, SEED)
    began: list[float] = []

    def line(text: str) -> None:
        if "Converting notebook" in text and "/submitted/" in text:
            began.append(time.monotonic())
            _say_count(len(began))
        elif "ERROR" in text:
            _say(f"  {text}")

    start = _timed(run, stock.command("autograde", assignment), stock.environment(run.root), line)
    run.startup = began[0] - start
    run.scores = stock.scores(run.root, assignment, class_)
    return run


def _timed(
    run: Run, command: list[str], environment: dict[str, str] | None, line: Callable[[str], None]
) -> float:
    """Run a command in the run's directory, its lines on stderr going to `line`; when it began.

    Raises:
        SystemExit: it failed.
    """
    _say(f"{run.name}: {run.count} submissions")
    said: list[str] = []
    start = time.monotonic()
    streams: dict[str, Any] = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "text": True,
    }
    with subprocess.Popen(command, cwd=run.root, env=environment, **streams) as process:
        watch = MemoryWatch(process.pid)
        watch.start()
        for text in process.stderr or ():
            said.append(text.rstrip())
            line(said[-1])
    run.wall = time.monotonic() - start
    watch.stop()
    run.memory, run.watching = watch.peak, watch.cpu
    if process.returncode:
        raise SystemExit(
            "\n".join([*said[-20:], f"{run.name} ended with status {process.returncode}"])
        )
    _say(f"  {run.wall:.1f} s")
    return start


def _compared(
    engines: list[Run], theirs: Run, assignment: Assignment, class_: list[Member]
) -> Iterator[tuple[bool, list[str]]]:
    """For each run of the engine: whether its scores are right, and remarks."""
    for run in engines:
        if run is not engines[0] and run.scores == engines[0].scores:
            yield True, [f"- {run.name}: all as in the first run"]
            continue
        assert run.engine is not None
        found = list(
            stock.differences(theirs.root, theirs.scores, run.engine.results, assignment, class_)
        )
        same = len(theirs.scores) - len(found)
        lines = [f"- {run.name}: {same} the same", *(line for d in found for line in d.lines)]
        if run is not engines[0]:
            lines.append("  - and not all the same as in the first run")
        yield run is engines[0] and all(d.reason for d in found), lines


def tables(runs: list[Run], theirs: Run, jobs: int) -> Iterator[str]:
    """The tables of the report, line by line."""
    yield (
        "| runs, in this order | submissions | wall s | of it start s | per minute | × stock | "
        "peak MiB |"
    )
    yield "|---|---|---|---|---|---|---|"
    for run in runs:
        yield (
            f"| {run.name} | {run.count} | {run.wall:.1f} | {run.startup:.1f} | {run.rate:.1f} "
            f"| {run.rate / theirs.rate:.1f} | {run.memory / MIB:.0f} |"
        )
    yield ""
    for mode in FORK_PER:
        rates = [run.rate for run in runs if run.name == _name(mode, jobs)]
        marginal = [
            (run.wall - run.startup) / run.count for run in runs if run.name == _name(mode, jobs)
        ]
        ratio = (theirs.wall - theirs.startup) / theirs.count / mean(marginal)
        yield (
            f"- A fork per {mode}, {jobs} workers, mean of {len(rates)} runs: "
            f"{mean(rates) / theirs.rate:.1f} × stock; "
            f"{ratio:.1f} × without the time that either takes to start."
        )
    yield ""
    yield (
        "ms per submission: median (90th percentile). Peak: the largest of one submission, "
        "in MiB.\n"
    )
    yield "| | wall | cells | tests | forks | the rest | one fork | peak |"
    yield "|---|---|---|---|---|---|---|---|"
    for run in runs:
        if run.engine is not None:
            yield f"| {run.name} | {_times(run.engine)} |"


def _times(told: engine.EngineRun) -> str:
    times = list(told.timings.values())
    forks = sum(t.fork_count for t in times)
    # The engine forks when a test first asks for a name, so the time of tests holds that of forks.
    columns = (
        [t.wall for t in times],
        [t.cells for t in times],
        [t.tests - t.forks for t in times],
        [t.forks for t in times],
        [t.wall - t.cells - t.tests for t in times],
    )
    cells = [f"{1000 * median(c):.0f} ({1000 * quantiles(c, n=10)[-1]:.0f})" for c in columns]
    each = 1000 * sum(t.forks for t in times) / max(forks, 1)
    return " | ".join([*cells, f"{each:.1f}", f"{max(t.peak_memory for t in times) / MIB:.0f}"])


def _name(fork_per: str, jobs: int) -> str:
    return f"engine, a fork per {fork_per}, {jobs} worker{'s' if jobs > 1 else ''}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_count(count: int) -> None:
    if count % 10 == 0:
        _say(f"  {count}")


def _digest() -> str:
    """A digest of the engine, as a change during the benchmark spoils its numbers."""
    paths = [
        path for name in ("autograder", "course_lib") for path in (REPOSITORY / name).rglob("*.py")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def main() -> int:
    """Run the benchmark; its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--submissions", type=int, default=60, help="size of the class, at least 4 (60)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="workers of the engine (2)")
    parser.add_argument(
        "--stock", type=int, help="grade only the first N with stock nbgrader (all)"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    assignment, jobs = find(ASSIGNMENT), arguments.jobs
    class_ = make_class(assignment, max(4, arguments.submissions))
    load, digest = os.getloadavg()[0], _digest()
    with tempfile.TemporaryDirectory(prefix="throughput-") as directory:
        work = Path(directory)
        runs = [run_engine(work, assignment, class_, mode, jobs) for mode in FORK_PER]
        runs += [theirs := run_stock(work, assignment, class_[: arguments.stock])]
        runs += [run_engine(work, assignment, class_, mode, jobs) for mode in reversed(FORK_PER)]
        if jobs > 1:
            runs.append(run_engine(work, assignment, class_, "task", 1))
        engines = [run for run in runs if run.engine is not None]
        compared = list(_compared(engines, theirs, assignment, class_))
    versions = f"Python {platform.python_version()}, torch {version('torch')}"
    lines = [
        f"{len(class_)} submissions of {ASSIGNMENT}, {theirs.count} of them by stock nbgrader too. "
        f"{os.cpu_count()} cores, Linux {platform.release()}, {versions}; load before: {load:.1f}.",
        "",
        *tables(runs, theirs, jobs),
        "",
        f"Scores of tasks, {len(theirs.scores)} of them, beside stock nbgrader's:",
        "",
        *(line for _, lines in compared for line in lines),
    ]
    good = all(fine for fine, _ in compared)
    if _digest() != digest:
        lines += ["", "The engine's files changed meanwhile: none of this counts."]
        good = False
    print("\n".join(lines))
    watching = max(run.watching / run.wall for run in runs)
    _say(f"measuring the memory took at most {watching:.0%} of one core")
    if arguments.write:
        write_section("Throughput", Path(__file__).name, lines)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

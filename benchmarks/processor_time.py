"""Compare the processor time that grading takes with that of the students' cells alone.

    .venv/bin/python benchmarks/processor_time.py [--assignment 01_relu_matrix]
    [--submissions 64] [--rounds 2] [--write]

A class is graded with two workers, and one of four submissions too: the difference, by the kernel's
account of a control group with all processes in it (root can make one), is free of what it takes to
start. The cells alone are those of the model
solution, run by the same shell in a process that has run them before. Both alternate, since a
machine's speed drifts. `--write` puts what is printed into docs/benchmarks.md, under the heading
"Processor time".
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import engine
from report import REPORT, write_section
from throughput import make_class

from autograder.authoring import bank
from autograder.commands.demo_class import hand_in
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course
from autograder.core.limits import Limits
from autograder.pipeline import intake
from autograder.pipeline.rebuild import rebuild

GROUPS = Path("/sys/fs/cgroup")
FEW = 4
MOST = 3.0
"""So many times the processor time of the cells alone is aimed at."""


def used(command: list[str], directory: Path) -> float:
    """Processor seconds of a command and of all processes that came from it.

    Raises:
        SystemExit: the command failed, or no control group can be made.
    """
    second = (GROUPS / "cgroup.controllers").exists()  # its second version has one tree
    group = (GROUPS if second else GROUPS / "cpuacct") / f"measured-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise SystemExit(f"no control group can be made ({error}): run this as root") from None

    def enter() -> None:
        (group / "cgroup.procs").write_text(str(os.getpid()))

    try:
        done = subprocess.run(
            command, cwd=directory, preexec_fn=enter, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{command[1]} failed: {done.stderr.strip()[-2000:]}")
        if second:
            return int((group / "cpu.stat").read_text().split()[1]) / 1e6
        return int((group / "cpuacct.usage").read_text()) / 1e9
    finally:
        time.sleep(1)  # the last processes end
        with contextlib.suppress(OSError):
            group.rmdir()


def graded(assignment: Assignment, count: int) -> float:
    """Processor seconds of grading a class of so many."""
    with tempfile.TemporaryDirectory() as name:
        hand_in(Course(Path(name)), assignment, make_class(assignment, count))
        command = [sys.executable, engine.__file__, name, assignment.name, "1", "task", "2"]
        return used(command, Path(name))


def cells_alone(assignment: Assignment, runs: int = 7) -> None:
    """Print the median of the processor seconds of the solution's cells, warm."""
    told = os.dup(1)  # what the cells print goes elsewhere
    from autograder import wire
    from autograder.student import notebook_process, zygote
    from autograder.student.output_capture import Budget, Recorder

    shell = zygote._import_everything(())
    data = json.dumps(bank.submission(assignment, {})).encode()
    cells = [c for c in rebuild(assignment, intake.parse(data, Limits())).cells if c.check is None]
    recorder = Recorder(shell, Budget(2**20, 2**22))
    seconds = []
    for _ in range(runs + 1):
        start = time.process_time()
        for cell in cells:
            recorder.begin()
            order = wire.RunCell(cell.index, cell.source, cell.number)
            notebook_process._run(shell, recorder, order)
            recorder.end()
        seconds.append(time.process_time() - start)
    os.write(told, f"{median(seconds[1:])}\n".encode())


def alone(assignment: Assignment) -> float:
    """Processor seconds of the cells, in a process of their own."""
    command = [sys.executable, __file__, "--assignment", assignment.name, "--cells"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONMALLOC": "malloc"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def table(assignment: Assignment, count: int, rounds: int) -> list[str]:
    """Measure, and say what was measured."""
    rows, ratios = [], []
    for _ in range(rounds):
        cells = alone(assignment)
        few, many = graded(assignment, FEW), graded(assignment, count)
        each = (many - few) / (count - FEW)
        ratios.append(each / cells)
        start = few - FEW * each
        rows.append(
            f"| {1000 * cells:.0f} | {1000 * each:.0f} | {each / cells:.1f} | {start:.1f} |"
        )
    met = "is met" if median(ratios) <= MOST else "is not met"
    return [
        f"{count} submissions of {assignment.name}, less {FEW}, 2 workers. {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, torch "
        f"{version('torch')}; load before: {os.getloadavg()[0]:.1f}.",
        "",
        "| cells alone, ms | a submission, ms | ratio | to start, s |",
        "|---|---|---|---|",
        *rows,
        "",
        f"The target, {MOST:g} times the cells alone, {met}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--assignment", default="01_relu_matrix")
    parser.add_argument("--submissions", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--cells", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    assignment = find(options.assignment)
    if options.cells:
        cells_alone(assignment)
        return
    lines = table(assignment, options.submissions, options.rounds)
    print("\n".join(lines))
    if options.write:
        write_section("Processor time", Path(__file__).name, lines)
        print(f"written: {REPORT}", file=sys.stderr)


if __name__ == "__main__":
    main()

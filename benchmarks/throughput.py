"""How fast the engine grades a class, beside stock `nbgrader autograde` on the same notebooks, and with the same scores.

    .venv/bin/python benchmarks/throughput.py [--submissions 60] [--jobs 2] [--stock N] [--write]

The class is made out of the bank of 01_relu_matrix: correct programs, programs with one mistake, the untouched release.
It is graded by the engine with a fork per task and with a fork per test, before and after stock nbgrader does it, since
a machine's speed drifts; and once with one worker. Each run is a new process in a new course directory and is timed
from outside, imports and all. Stock nbgrader gets a course of its own, whose test cells hold the same hidden tests
(run in the student's own process, as hidden test cells are) and end in points × passed weight / total weight.
Exit status: 0 when all scores are the same, 1 when not. `--write` puts what is printed into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any, get_args

import msgspec
import torch
from nbgrader.api import Gradebook

from autograder import bank
from autograder.course import Assignment, Course, find
from autograder.demo import Member, hand_in
from autograder.grade import Options, grade
from autograder.outcome import Result, TaskResult
from autograder.suite import ForkPer
from autograder.worker import Timing

ASSIGNMENT = "01_relu_matrix"
SEED = 1
REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BIN = Path(sys.executable).parent
MIB = 2**20

TEST_CELL = '''\
### BEGIN HIDDEN TESTS
def _score():
    import json, pathlib, tempfile
    from course_lib.checking import run_suite

    files = {files!r}
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            pathlib.Path(directory, name).write_text(text)
        reports = run_suite(directory, globals(), task={task!r}, seed={seed})
    print(json.dumps({{report.name: [report.outcome, report.hint] for report in reports}}))
    passed = sum(report.weight for report in reports if report.outcome == "passed")
    return {points} * passed / sum(report.weight for report in reports)


_score()
### END HIDDEN TESTS'''
"""A hidden test cell for stock nbgrader, which takes the last line's value for the score. What it prints is for us."""


class EngineRun(msgspec.Struct):
    """What a process that ran the engine tells of it; `first` is when it took up its first submission."""

    first: float
    seconds: float
    results: dict[str, Result]
    timings: dict[str, Timing]


@dataclass
class Run:
    """One timed run. Seconds are from the start of its process."""

    name: str
    count: int
    wall: float = 0.0
    startup: float = 0.0
    memory: int = 0
    watching: float = 0.0
    engine: EngineRun | None = None
    scores: dict[tuple[str, str], float] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Submissions per minute."""
        return 60 * self.count / self.wall


class MemoryWatch(threading.Thread):
    """The peak of the memory of a process and all its descendants, each page counted once (PSS), 4 samples a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = pid
        self._over = threading.Event()
        self.peak = 0
        self.cpu = 0.0

    def run(self) -> None:
        while not self._over.wait(0.25):
            self.peak = max(self.peak, sum(_pss(pid) for pid in _family(self._root)))
            self.cpu = time.thread_time()

    def stop(self) -> None:
        """End watching."""
        self._over.set()
        self.join()


def _family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:  # it ended meanwhile
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended, or belongs to another user
        return 0
    number = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
    return int(number[1]) * 1024 if number else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def make_class(assignment: Assignment, count: int) -> list[Member]:
    """The untouched release, then correct and wrong programs of the bank, mixed, the same each time."""
    programs = bank.load(assignment)
    correct = [p for p in programs if not p.fails]
    wrong = [p for p in programs if p.fails]
    random.Random(SEED).shuffle(wrong)
    # As many wrong ones as make the class full; small classes keep a quarter of correct ones.
    kept = correct[: max(1, min(len(correct), count // 4))]
    chosen = kept + [wrong[n % len(wrong)] for n in range(count - 1 - len(kept))]
    random.Random(SEED).shuffle(chosen)
    notebooks = [("untouched", bank.submission(assignment, {}, reference=False))]
    notebooks += [(p.name, bank.submission(assignment, p.cells)) for p in chosen]
    return [
        Member(f"s{n:03}", what, json.dumps(notebook).encode(), None)
        for n, (what, notebook) in enumerate(notebooks[:count], start=1)
    ]


# --- the engine ---


def engine_main(root: Path, fork_per: ForkPer, jobs: int) -> None:
    """Grade a course directory in this process and leave an EngineRun in it."""
    assignment = find(ASSIGNMENT)
    began: dict[str, float] = {}
    total = 0

    def begin(count: int) -> None:
        nonlocal total
        total = count

    def report(result: Result, _fresh: bool) -> None:
        began[result.student] = time.monotonic() - result.seconds
        if len(began) % 10 == 0:
            _say(f"  {len(began)} of {total}")

    options = Options(jobs=jobs, seed=SEED, force=True, fork_per=fork_per)
    summary = grade(Course(root), assignment, options, begin, report)
    run = EngineRun(min(began.values()), summary.seconds, summary.results, summary.fresh)
    (root / "run.json").write_bytes(msgspec.json.encode(run))


def run_engine(work: Path, assignment: Assignment, class_: list[Member], fork_per: ForkPer, jobs: int) -> Run:
    """Grade a class with the engine, in a new process."""
    root = Path(tempfile.mkdtemp(dir=work))
    hand_in(Course(root), assignment, class_)
    run = Run(f"engine, a fork per {fork_per}, {jobs} worker{'s' if jobs > 1 else ''}", len(class_))
    start = _timed(run, [sys.executable, __file__, "--engine", str(root), fork_per, str(jobs)], work, os.environ, _say)
    run.engine = msgspec.json.decode((root / "run.json").read_bytes(), type=EngineRun)
    run.startup = run.engine.first - start
    for result in run.engine.results.values():
        for task in result.tasks:
            run.scores[result.student, task.id] = task.score
            run.outcomes[result.student, task.id] = _outcomes(task)
    return run


def _outcomes(task: TaskResult) -> dict[str, str]:
    return {test.name: f"{test.outcome} ({test.hint})" if test.hint else test.outcome for test in task.tests}


# --- stock nbgrader ---


def run_stock(work: Path, assignment: Assignment, class_: list[Member]) -> Run:
    """Grade a class with stock `nbgrader autograde`."""
    root = Path(tempfile.mkdtemp(dir=work))
    make_stock_course(root, assignment, class_)
    run = Run("stock nbgrader autograde", len(class_))
    seen: list[float] = []

    def line(text: str) -> None:
        if "Converting notebook" in text and f"/submitted/{class_[len(seen) % len(class_)].student}/" in text:
            seen.append(time.monotonic())
            if len(seen) % 10 == 0:
                _say(f"  {len(seen)} of {len(class_)}")
        elif "ERROR" in text:
            _say(f"  {text}")

    start = _timed(run, [str(BIN / "nbgrader"), "autograde", ASSIGNMENT], root, _stock_environment(root), line)
    run.startup = seen[0] - start
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        for member in class_:
            path = Course(root).autograded(member.student, ASSIGNMENT)
            cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in json.loads(path.read_text())["cells"]}
            for task in (t.id for t in assignment.tasks if not t.manual):
                grade_ = gradebook.find_grade(f"{task}-test", ASSIGNMENT, ASSIGNMENT, member.student)
                run.scores[member.student, task] = grade_.auto_score
                run.outcomes[member.student, task] = _printed(cells[f"{task}-test"])
    return run


def _printed(cell: dict[str, Any]) -> dict[str, str]:
    for output in cell["outputs"]:
        if output.get("name") == "stdout":
            found = json.loads("".join(output["text"]))
            return {name: f"{outcome} ({hint})" if hint else outcome for name, (outcome, hint) in found.items()}
    return {"(cell)": json.dumps(cell["outputs"])[:300]}


def make_stock_course(root: Path, assignment: Assignment, class_: list[Member]) -> None:
    """A course directory as nbgrader's documentation has it, released by nbgrader itself, with the class handed in."""
    notebook = json.loads((assignment.source / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade") and not mark["solution"]:
            task = mark["grade_id"].removesuffix("-test")
            cell["source"] = test_cell(assignment, task, mark["points"])
    source = root / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(notebook), encoding="utf-8")
    (root / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
    command = [str(BIN / "nbgrader"), "generate_assignment", ASSIGNMENT]
    made = subprocess.run(command, cwd=root, env=_stock_environment(root), capture_output=True, text=True, check=False)
    if made.returncode:
        raise SystemExit(f"nbgrader generate_assignment failed:\n{made.stderr}")
    hand_in(Course(root), assignment, copy.copy(class_))


def test_cell(assignment: Assignment, task: str, points: float) -> str:
    """The hidden tests of a task as one cell."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(assignment.suite.glob("*.py"))}
    files = {n: text for n, text in texts.items() if not n.startswith("test_") or f'mark.task("{task}"' in text}
    return TEST_CELL.format(files=files, task=task, seed=SEED, points=float(points))


def _stock_environment(root: Path) -> dict[str, str]:
    # The picture format that the engine's sandbox has as well; alembic and the kernel are found on PATH.
    return os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PLOTLY_RENDERER": "plotly_mimetype",
        "JUPYTER_CONFIG_DIR": str(root / ".jupyter"),
        "IPYTHONDIR": str(root / ".ipython"),
    }

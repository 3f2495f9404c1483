"""Run a bank's programs against its suite, and measure the losses that the suite limits.

The bank's programs are trusted: they run without a sandbox, each with each seed in a process of its
own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
import types
from collections.abc import Generator
from dataclasses import dataclass, field
from math import isnan
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from multiprocessing.process import BaseProcess
from pathlib import Path

RUN_SECONDS = 300.0
"""Wall time for one program with one seed; after that, its process is ended."""
PRELOAD = [
    "torch._dynamo",
    "pandas",
    "plotly.express",
    "autograder.student.notebook_process",
    "course_lib.checking",
    "autograder.authoring.measure_losses",
]
"""Modules that programs, suites and this module import: every run is a fork of a process that has
imported them.
"""


@dataclass(frozen=True)
class Run:
    """One program with one seed, and the tasks to judge.

    `cells` are (name, source) in the order of the notebook.
    """

    program: str
    cells: tuple[tuple[str, str], ...]
    seed: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Threshold:
    """A limit that tests of a task set: `what` must be below a share of a baseline's loss."""

    task: str
    what: str
    baseline: str
    limit: float


@dataclass(frozen=True)
class Answer:
    """The outcome of a run: the worst share for each threshold, a hint for each task that failed.

    `fault` is an error of the suite, or one that looks so: without a sandbox, an error that a wrong
    program's module raises in torch's own code can't be told from the suite's.
    """

    shares: dict[Threshold, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    fault: str | None = None


def measure(suite: Path, runs: list[Run], jobs: int) -> Generator[tuple[Run, Answer]]:
    """Make the runs, `jobs` at a time, and yield each with its answer once that is there."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    waiting = runs[::-1]
    active: dict[Connection, tuple[ForkServerProcess, Run, float]] = {}
    try:
        while waiting or active:
            while waiting and len(active) < jobs:
                run = waiting.pop()
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=_send_answer, args=(str(suite), run, theirs), daemon=True
                )
                process.start()
                theirs.close()
                active[ours] = process, run, time.monotonic() + RUN_SECONDS
            first = min(deadline for _, _, deadline in active.values())
            wait(list(active), max(0.0, first - time.monotonic()))
            for connection, (process, run, deadline) in list(active.items()):
                answer = _answer(connection, run, late=time.monotonic() > deadline)
                if answer is None:
                    continue
                _end(process)
                connection.close()
                del active[connection]
                yield run, answer
    finally:
        for process, _, _ in active.values():
            _end(process)


def _answer(connection: Connection, run: Run, *, late: bool) -> Answer | None:
    """The answer of a run: sent, or made up if none can come; None as long as it may still come."""
    if connection.poll():
        try:
            answer = connection.recv()
            assert isinstance(answer, Answer)
            return answer
        except (EOFError, OSError):
            return Answer(failed=dict.fromkeys(run.tasks, "the program ended its process"))
    return (
        Answer(failed=dict.fromkeys(run.tasks, f"no result after {RUN_SECONDS:g} s"))
        if late
        else None
    )


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join()


def _send_answer(suite: str, run: Run, connection: Connection) -> None:
    """In the run's own process: run the cells, then the suite, and send the answer."""
    with tempfile.TemporaryDirectory() as directory, Path(os.devnull).open("w") as nowhere:
        os.chdir(directory)
        for descriptor in (1, 2):
            os.dup2(nowhere.fileno(), descriptor)
        try:
            answer = _judge(suite, run)
        except Exception as error:  # noqa: BLE001 - the main process tells of any error
            answer = Answer(fault=f"{type(error).__name__}: {error}")
        connection.send(answer)
        os.chdir("/")


def _judge(suite: str, run: Run) -> Answer:
    # Imported here: the main process needs none of it, and the one that is forked has it already.
    import torch

    from course_lib import expect
    from course_lib._seeds import seed_everything
    from course_lib.suites import run_suite

    torch.set_num_threads(1)
    seed_everything(run.seed)
    notebook = types.ModuleType("__main__")
    sys.modules["__main__"] = notebook
    for name, source in run.cells:
        # As in a notebook, the next cell runs all the same.
        with contextlib.suppress(Exception, SystemExit):
            exec(compile(source, f"<cell {name}>", "exec"), vars(notebook))
    shares: dict[Threshold, float] = {}
    failed: dict[str, str] = {}
    fault = None
    for task in run.tasks:
        seed_everything(run.seed)
        with expect.measured() as found:
            reports = run_suite(suite, vars(notebook), task=task, seed=run.seed)
        for report in reports:
            hint = f"{report.name}: {report.hint}"
            if report.outcome == "error":
                fault = fault or hint
            elif report.outcome == "failed":
                failed.setdefault(task, hint)
        for one in found:
            threshold = Threshold(task, one.what, one.baseline, one.limit)
            share = float("inf") if isnan(one.share) else one.share
            shares[threshold] = max(share, shares.get(threshold, 0.0))
    return Answer(shares, failed, fault)

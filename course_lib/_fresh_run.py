"""Run a notebook from the top in a fresh process, and collect what happens to its checks there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib import _fresh_records
from course_lib._saved_notebook import Cell, Saved
from course_lib.checking import CHECKS
from course_lib.suites import Report

_PAUSE = 0.2
_MOST = 5
"""Cells that may be left out."""
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from course_lib._fresh_process import main; main(*sys.argv[2:])"
)


@dataclass(frozen=True)
class Failure:
    """An error that ended a cell.

    Attributes:
        name: the one that was not defined, if that was it.
        origin: the number of the cell whose code raised it.
    """

    cell: Cell
    kind: str
    text: str
    line: int | None
    name: str | None
    origin: int | None


@dataclass
class FreshRun:
    """What happened in a fresh run.

    Attributes:
        reports: of each task that was checked, the reports at its own check.
        left_out: cells without which the run began anew, and what each of them did.
        unfinished: whether the run ended before the last cell.
    """

    reports: dict[str, tuple[Report, ...]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    left_out: dict[Cell, str] = field(default_factory=dict)
    unfinished: bool = False
    seconds: float = 0.0

    @property
    def passed(self) -> frozenset[str]:
        """The tasks all of whose checks pass."""
        return frozenset(
            task
            for task, reports in self.reports.items()
            if all(report.outcome == "passed" for report in reports)
        )


@dataclass(frozen=True)
class Times:
    """Seconds that the whole run, and that a cell may take."""

    whole: float
    cell: float


def run(
    saved: Saved, checks: Path, tasks: tuple[str, ...], times: Times, tell: Callable[[int], None]
) -> FreshRun:
    """Run all cells, in an empty folder, as grading does.

    A cell that runs too long, or ends its process, is left out, and the run begins anew.

    Args:
        tasks: all that `checks` has; one whose own check was deleted is checked at the end.
        tell: called with the number of the cell that runs, again and again.
    """
    start = time.monotonic()
    left_out = dict[Cell, str]()
    there = {cell.grade_id for cell in saved.cells}
    alone = [task for task in tasks if f"{task}-test" not in there]
    while True:
        cells = [(cell.number, cell.source) for cell in saved.cells if cell not in left_out]
        plan = json.dumps({"cells": cells, "tasks": alone})
        lines, why = _once(plan, checks, times, start, tell)
        number = _last(lines)
        if _is_whole(lines) or not why or not number or len(left_out) == _MOST:
            break
        left_out[saved.cells[number - 1]] = why
    made = _made(saved, lines)
    made.left_out = left_out
    made.unfinished = not _is_whole(lines)
    made.seconds = time.monotonic() - start
    return made


def _once(
    asked: str, checks: Path, times: Times, start: float, tell: Callable[[int], None]
) -> tuple[list[dict[str, Any]], str]:
    """What one process notes, and what its last cell did; "" if the time was over, or all ran."""
    # On Windows, a process that was killed may hold a file open for a moment.
    with tempfile.TemporaryDirectory(prefix="fresh-run-", ignore_cleanup_errors=True) as place:
        plan, records, work = (Path(place, name) for name in ("plan", "records", "work"))
        plan.write_text(asked, "utf-8")
        work.mkdir()
        number, since = 0, time.monotonic()
        with _process(plan, checks.resolve(), records, work) as process:
            while True:
                ended = process.poll()
                lines = _fresh_records.read(records)
                if number != _last(lines):
                    number, since = _last(lines), time.monotonic()
                if _is_whole(lines) or time.monotonic() > start + times.whole:
                    return lines, ""
                if ended is not None:
                    return lines, f"ended the process (exit status {ended})"
                if number and time.monotonic() > since + times.cell:
                    return lines, f"ran longer than {times.cell:g} s"
                tell(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_PAUSE)


@contextlib.contextmanager
def _process(
    plan: Path, checks: Path, records: Path, work: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is over at the end, with all that it started."""
    library = str(Path(__file__).resolve().parent.parent)
    environment = os.environ | {
        _fresh_records.RECORDS: str(records),
        CHECKS: str(checks),
        "IPYTHONDIR": str(plan.parent / "ipython"),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, library, str(plan)],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that an interrupt reaches it through us alone
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_whole(lines: list[dict[str, Any]]) -> bool:
    return bool(lines) and "end" in lines[-1]


def _last(lines: list[dict[str, Any]]) -> int:
    """The number of the cell that runs; 0 before the first, and after the last."""
    return next((int(line["begin"]) for line in reversed(lines) if "begin" in line), 0)


def _made(saved: Saved, lines: list[dict[str, Any]]) -> FreshRun:
    made, own, number = FreshRun(), set[str](), 0
    for line in lines:
        number = line.get("begin", number)
        cell = saved.cells[number - 1] if number else None
        if "error" in line and cell is not None:
            made.failures.append(Failure(cell, **line["error"]))
        if "task" in line and line["task"] not in own:
            made.reports[line["task"]] = tuple(Report(**one) for one in line["reports"])
            if cell is not None and cell.grade_id == f"{line['task']}-test":
                own.add(line["task"])  # a check elsewhere, before its answer, tells nothing
    return made

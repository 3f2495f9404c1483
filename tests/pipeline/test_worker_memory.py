"""A worker has a ceiling of memory: what is too large costs its submission, and no other."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import find
from autograder.core.jobs import Job, setup_of
from autograder.core.outcome import Result
from autograder.grading.pool import Pool

FIGURES = "04_quadratic_practice"
LARGEST = 1_000_000_000
"""Bytes that no trusted process may hold (pages shared with others included)."""


def grade(assignment: str, *cells: dict[str, str]) -> tuple[list[Result], int]:
    """Results, in order, and the largest trusted process meanwhile, in bytes."""
    found = find(assignment)
    jobs = [
        Job(f"s{n}", json.dumps(bank.submission(found, each)).encode(), "0" * 64, 5)
        for n, each in enumerate(cells)
    ]
    peaks: list[int] = [0]
    stop = threading.Event()
    with Pool(setup_of(found, limits.load(found)), 1) as pool:
        watch = threading.Thread(target=_watch, args=(peaks, stop))
        watch.start()
        try:
            results = {graded.result.student: graded.result for graded in pool.run(jobs)}
        finally:
            stop.set()
            watch.join()
    return [results[job.student] for job in jobs], max(peaks)


def _watch(peaks: list[int], stop: threading.Event) -> None:
    while not stop.is_set():
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if b"autograder.grading.worker_main" in (path / "cmdline").read_bytes():
                    status = (path / "status").read_text()
                    peaks.append(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
            except (OSError, IndexError):
                continue
        time.sleep(0.02)


def lost(result: Result) -> set[str]:
    return {task.id for task in result.tasks if task.score < task.points}


@pytest.mark.parametrize("n", [50_000])
def test_a_figure_of_empty_frames_costs_its_task(n: int) -> None:
    figure = f'figure = {{"data": [{{}}] * {n}, "frames": [{{"data": [{{}}]}}] * {n}}}'
    (bomb, honest), largest = grade(FIGURES, {"animation": figure}, {})
    assert (bomb.status, lost(bomb)) == ("graded", {"animation"})
    assert honest.score == honest.max_score
    assert largest < LARGEST


def test_large_arrays_of_small_numbers_cost_their_task() -> None:
    large = "import numpy as np\ndef target(X):\n    return np.ones(60 * 2**20, dtype=np.uint8)"
    (bomb, honest), largest = grade(FIGURES, {"target": large}, {})
    assert bomb.status == "graded"
    assert "target" in lost(bomb)
    assert honest.score == honest.max_score
    assert largest < LARGEST

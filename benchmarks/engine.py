"""Time one run of the engine, in a process that imports no more than the command line does.

    python benchmarks/engine.py DIR ASSIGNMENT SEED FORK_PER JOBS [ISOLATION]

Grades a course directory and leaves an `EngineRun` in it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import msgspec

from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.jobs import ForkPer, Graded, Isolation, Timing
from autograder.core.light_start import start_lightly
from autograder.core.outcome import Result
from autograder.grading.grade_class import Options, grade

TOLD = "run.json"


class EngineRun(msgspec.Struct):
    """A run's own report; `first` is when its first submission began (time.monotonic)."""

    first: float
    results: dict[str, Result]
    timings: dict[str, Timing]


def main(
    root: Path, assignment: str, seed: int, fork_per: str, jobs: int, isolation: str = "namespaces"
) -> None:
    """Grade, saying on stderr how far it is."""
    results: dict[str, Result] = {}
    timings: dict[str, Timing] = {}

    def report(graded: Graded, _fresh: bool) -> None:
        results[graded.result.student] = graded.result
        if graded.timing.wall:
            timings[graded.result.student] = graded.timing
        if len(results) % 10 == 0:
            print(f"  {len(results)}", file=sys.stderr, flush=True)

    mode = next(mode for mode in get_args(ForkPer) if mode == fork_per)
    walls = next(name for name in get_args(Isolation) if name == isolation)
    options = Options(jobs=jobs, seed=seed, force=True, fork_per=mode, isolation=walls)
    grade(Course(root), find(assignment), options, lambda _: None, report)
    first = min(timing.began for timing in timings.values() if timing.began)
    told = EngineRun(first, dict(sorted(results.items())), timings)
    (root / TOLD).write_bytes(msgspec.json.encode(told))


if __name__ == "__main__":
    start_lightly()
    main(
        Path(sys.argv[1]),
        sys.argv[2],
        int(sys.argv[3]),
        sys.argv[4],
        int(sys.argv[5]),
        *sys.argv[6:7],
    )

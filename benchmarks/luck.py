"""Grade every program of a bank with many seeds: does any grade depend on luck?

    python benchmarks/luck.py NAME SEEDS [PART_OF_A_PROGRAM'S_NAME]

Correct programs must earn everything, and wrong ones always the same, with every seed of the hidden
suite. A program whose tasks take longer than half a second with one seed trains: a tenth of the
seeds must do for it. Ctrl-C ends it, and tells what was seen by then.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import torch
from rich.progress import track

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Judged, Notebook, Suite, notebook, run
from autograder.core.assignment import find

SLOW = 0.5  # seconds of processor time


@dataclass
class Tried:
    """A program, and what became of it with each seed."""

    program: Program
    filled: Notebook
    slow: bool = False
    seeds: int = 0
    earned: Counter[tuple[tuple[str, float], ...]] = field(default_factory=Counter)
    failed: set[frozenset[str]] = field(default_factory=set)
    tests: Counter[str] = field(default_factory=Counter)
    hints: dict[str, str] = field(default_factory=dict)

    @property
    def touched(self) -> set[str]:
        """The tasks that are not the model solution's."""
        return {*self.program.cells, *self.program.fails}

    def take(self, judged: Judged) -> None:
        """Count the outcome of one seed."""
        shares = {t: round(s, 6) for t, s in judged.shares.items() if t in self.touched}
        self.earned[tuple(sorted(shares.items()))] += 1
        self.failed.add(judged.failed)
        self.tests.update(judged.hints.keys())
        self.hints |= judged.hints
        self.seeds += 1

    @property
    def luck(self) -> str:
        """What differs from seed to seed, or from what the program must earn; empty if nothing."""
        if len(self.earned) == 1 and self.failed == {self.program.fails}:
            return ""
        some = {test: n for test, n in self.tests.items() if n < self.seeds} or self.hints
        told = "; ".join(f"{t}: {some[t]} {self.hints[t].splitlines()[0]}" for t in list(some)[:4])
        return f"{[sorted(tasks) for tasks in self.failed]} {dict(self.earned)}; {told[:500]}"


def main(name: str, seeds: int, only: str) -> int:
    """Print each program whose points are wrong or vary; return the number of them."""
    torch.set_num_threads(1)
    assignment = find(name)
    suite = Suite(assignment.suite)
    begin = time.monotonic()
    programs = [program for program in bank.load(assignment) if only in program.name]
    every = [Tried(program, notebook(assignment, program)) for program in programs]
    # All programs with one seed, then the next: what a suite draws with a seed it draws once.
    with contextlib.suppress(KeyboardInterrupt):  # what was seen by then is told
        for seed in track(range(seeds), name):
            for one in every:
                if one.slow and seed >= seeds // 10:
                    continue
                started = time.process_time()
                one.take(run(suite, one.filled, seed, None if seed == 0 else one.touched))
                one.slow |= seed == 1 and time.process_time() - started > SLOW
    tried = max((one.seeds for one in every), default=0)
    bad = [one for one in every if one.seeds and one.luck]
    for one in bad:
        print(f"{one.program.name}: {one.luck}")
    trained = [one.seeds for one in every if one.slow]
    fewer = f" ({len(trained)} of them train: {max(trained)})" if trained else ""
    print(
        f"{name}: {len(every)} programs, {tried} seeds{fewer}, {len(bad)} bad, "
        f"{time.monotonic() - begin:.0f} s"
    )
    return len(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))

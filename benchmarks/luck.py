"""Grade every program of a bank with many seeds: does any grade depend on luck?

    python benchmarks/luck.py NAME SEEDS

Correct programs must earn everything, and wrong ones always the same, with every seed of the hidden
suite.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import torch

from autograder.authoring import bank
from autograder.authoring.luck import Suite, notebook, run
from autograder.core.assignment import find


def main(name: str, seeds: int, only: str) -> int:
    """Print each program whose points are wrong or vary; return the number of them."""
    torch.set_num_threads(1)
    assignment = find(name)
    suite = Suite(assignment.suite)
    bad = 0
    begin = time.monotonic()
    programs = [program for program in bank.load(assignment) if only in program.name]
    for program in programs:
        filled = notebook(assignment, program)
        earned: Counter[tuple[tuple[str, float], ...]] = Counter()
        failed = set()
        hints: dict[str, str] = {}
        tests: Counter[str] = Counter()
        for seed in range(seeds):
            judged = run(
                suite, filled, seed, None if seed == 0 else {*program.cells, *program.fails}
            )
            touched = {*program.cells, *program.fails}
            earned[
                tuple(sorted((t, round(s, 6)) for t, s in judged.shares.items() if t in touched))
            ] += 1
            failed.add(judged.failed)
            hints |= judged.hints
            tests.update(judged.hints.keys())
        if len(earned) > 1 or failed != {program.fails}:
            bad += 1
            lucky = {name: count for name, count in tests.items() if count < seeds} or hints
            told = "; ".join(
                f"{name}: {lucky[name]} {hints[name].splitlines()[0]}" for name in list(lucky)[:4]
            )
            print(f"{program.name}: {[sorted(f) for f in failed]} {dict(earned)}; {told[:500]}")
    print(
        f"{name}: {len(programs)} programs, {seeds} seeds, {bad} bad, "
        f"{time.monotonic() - begin:.0f} s"
    )
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))

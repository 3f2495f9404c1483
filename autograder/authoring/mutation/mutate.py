"""`autograder mutate`: count the small changes to correct programs that a hidden suite notices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.authoring.mutation import equivalents, report
from autograder.authoring.mutation.plan import Mutant, Origin, origins, plan, sample
from autograder.authoring.mutation.report import Tally, tally
from autograder.authoring.mutation.run import Memory, Outcome, measure, run
from autograder.core import limits
from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError
from autograder.core.jobs import setup_of
from autograder.grading.pool import Pool
from autograder.sandbox.bubblewrap import find_bubblewrap


@dataclass(frozen=True)
class Wish:
    """Which mutants to run: tasks, programs, operators; how many; only earlier survivors."""

    tasks: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    sample: int = 0
    survivors: bool = False
    afresh: bool = False

    @property
    def whole(self) -> bool:
        """Whether every mutant is meant."""
        return self == Wish(afresh=self.afresh)


def mutate(
    assignment: Assignment, wish: Wish, seed: int, jobs: int, written: Path | None = None
) -> Tally:
    """Run the mutants that are wished for, print the suite's score, and write down who survived.

    Raises:
        UsageError: a name that the assignment does not have, or a bad `equivalent.toml`.
        SandboxError: the walls can't be put up.
    """
    console = Console(highlight=False)
    counted = score(assignment, wish, seed, jobs, console)
    text = "\n".join(report.lines(counted)) + "\n"
    if written is not None:
        written.write_text(text, encoding="utf-8")
    elif not counted.sound:
        console.print(text, markup=False, soft_wrap=True)
    pace = f" ({counted.seconds:.0f} s)" if counted.seconds else ""
    console.print(f"{escape(counted.sentence)}{pace}", soft_wrap=True)
    return counted


def score(assignment: Assignment, wish: Wish, seed: int, jobs: int, console: Console) -> Tally:
    """Run mutants; those that are on record already are not run again.

    Raises:
        UsageError, SandboxError: see `mutate`.
    """
    find_bubblewrap()
    start = time.monotonic()
    entries = equivalents.load(assignment)
    programs = _origins(assignment, wish)
    every = _wanted(plan(assignment, programs), wish)
    memory = Memory(assignment, seed)
    judged = [one for one in every if memory.survived(one)] if wish.survivors else every
    if wish.sample:
        judged = sample(judged, wish.sample)
    if wish.whole:
        for entry in equivalents.idle(entries, every):
            console.print(
                f"  [yellow]{equivalents.FILE}[/]: remove this entry, which matches no mutant: "
                f"{escape(str(entry))}"
            )
    todo = [one for one in judged if wish.afresh or memory.get(one) is None]
    known = {
        one.digest: outcome for one in judged if one not in todo and (outcome := memory.get(one))
    }
    known |= _run(assignment, todo, programs, seed, jobs, memory, console)
    fates = [(one, known[one.digest]) for one in judged if one.digest in known]
    for one, outcome in fates:
        if outcome.fate == "killed" and equivalents.single(entries, one):
            console.print(
                f"  [yellow]{equivalents.FILE}[/]: {one.task}, digest {one.digest}, is called "
                f"correct, but the test {escape(outcome.by)} fails on it: remove the entry, or "
                "make the suite less strict"
            )
    return tally(assignment.name, fates, entries, time.monotonic() - start)


def _origins(assignment: Assignment, wish: Wish) -> list[Origin]:
    tasks = {task.id for task in assignment.tasks if not task.manual}
    if unknown := sorted(set(wish.tasks) - tasks):
        raise UsageError(
            f"{assignment.name} has no task {unknown[0]!r}; it has {', '.join(sorted(tasks))}"
        )
    found = origins(assignment, wish.tasks, wish.programs)
    if not found:
        raise UsageError(
            f"no correct program of {assignment.name} is called {', '.join(wish.programs)}"
        )
    return found


def _wanted(mutants: Sequence[Mutant], wish: Wish) -> list[Mutant]:
    if not wish.operators:
        return list(mutants)
    found = [one for one in mutants if one.operator.startswith(wish.operators)]
    if not found:
        kinds = ", ".join(sorted({one.operator.partition(":")[0] for one in mutants}))
        raise UsageError(
            f"--operator {', '.join(wish.operators)}: no change of this kind; the kinds are {kinds}"
        )
    return found


def _run(
    assignment: Assignment,
    mutants: Sequence[Mutant],
    programs: Sequence[Origin],
    seed: int,
    jobs: int,
    memory: Memory,
    console: Console,
) -> dict[str, Outcome]:
    """The outcomes by digest, without those of programs that fail unchanged, which are printed."""
    found: dict[str, Outcome] = {}
    if not mutants:
        return found
    usual = limits.load(assignment)
    setup = setup_of(assignment, replace(usual, timeouts_per_task=1))
    needed = {(one.task, one.program) for one in mutants}
    programs = [one for one in programs if (one.task, one.program) in needed]
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[alive]} survive"),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as progress, Pool(setup, jobs) as pool:
        bar = progress.add_task(f"mutants of {assignment.name}", total=len(mutants), alive=0)
        pace = measure(assignment, pool, programs, seed)
        for (task, program), why in pace.refused.items():
            console.print(
                f"  [red]{escape(program)}[/], unchanged, does not get all points of {task}: "
                f"{escape(why)}"
            )
        able = [one for one in mutants if (one.task, one.program) not in pace.refused]

        def seen(mutant: Mutant, outcome: Outcome) -> None:
            memory.put(mutant, outcome)
            found[mutant.digest] = outcome
            alive = sum(one.fate != "killed" for one in found.values())
            progress.update(bar, advance=1, alive=alive)

        run(assignment, pool, able, programs, pace, seed, seen=seen)
    return found

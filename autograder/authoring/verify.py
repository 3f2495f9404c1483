"""`autograder verify`: test a hidden suite against the programs of its bank.

Every program is made into a submission and goes the whole way that a student's goes, sandbox
included: every test with the first seed; with the others, every test of a correct program, and of a
wrong one those of the tasks that it names or has cells of its own for (the rest of it is the model
solution, which is judged with every seed). Wrong ones go without the cells to play with.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.build import require_built
from autograder.authoring.mutation.mutate import Wish, score
from autograder.core import limits
from autograder.core.assignment import Assignment
from autograder.core.jobs import Graded, Job, setup_of
from autograder.core.outcome import TaskResult
from autograder.grading.pool import Pool
from autograder.sandbox.bubblewrap import find_bubblewrap

UNTOUCHED = "the untouched release"
MODEL = "the model solution"
LEAST_ACCEPTED, LEAST_REJECTED = 6, 20
NO_HURRY = 3600.0
"""Seconds for a test of a wrong program, which have a limit of their own."""
DRAFT = "DRAFT"
"""A file of that name in a suite lets its bank be small, while it is being written."""


@dataclass(frozen=True)
class Wrong:
    """A program that the suite judged wrongly: how, in how many of the seeds, and an example.

    A wrong program is `accepted` when it passes a task that it must fail, in any seed; otherwise it
    fails `other tasks`, or is `not graded`.
    """

    name: str
    how: Literal["accepted", "other tasks", "not graded"]
    seeds: int
    example: str


def verify(
    assignment: Assignment,
    seeds: int,
    jobs: int,
    mutants: int = 0,
    sample: int = 0,
    device: str = "cpu",
) -> bool:
    """Judge the bank over many seeds, and print per suite what was accepted and rejected.

    Args:
        mutants: so many small changes of correct programs must be noticed; a draft is only told.
        sample: so many wrong programs, always the same ones and from every task; 0 for all.
        device: of the tests' tensors, "cpu" or "cuda"; mutants are always judged on the CPU.

    Returns:
        Whether the suite is sound: nothing judged wrongly, and a large enough bank.

    Raises:
        UsageError, BuildError, SandboxError: a bad bank or release; walls that can't be put up.
    """
    find_bubblewrap()
    require_built(assignment)
    console = Console(highlight=False)
    whole = bank.load(assignment)
    programs = [p for p in whole if not p.fails] + _some([p for p in whole if p.fails], sample)
    expected = {program.name: program.fails for program in programs}
    automatic = frozenset(task.id for task in assignment.tasks if not task.manual)
    notebooks = _notebooks(assignment, programs)
    expected[MODEL], expected[UNTOUCHED] = frozenset(), automatic
    own = {program.name: [*program.cells, *program.fails] for program in programs if program.fails}
    all_jobs = [
        _job(name, notebook, seeds, own.get(name, [])) for name, notebook in notebooks.items()
    ]
    setup = setup_of(assignment, limits.load(assignment), device=device)
    wrong: dict[str, Wrong] = {}
    with (
        Progress(console=console, transient=True) as progress,
        Pool(setup, min(jobs, len(all_jobs))) as pool,
    ):
        bar = progress.add_task(f"verifying {assignment.name}", total=len(all_jobs))
        for graded in pool.run(all_jobs):
            name = graded.result.student
            judged = _judge(graded, expected[name], zero=name == UNTOUCHED)
            if judged is not None:
                wrong[name] = judged
            progress.advance(bar)
    sound = _print(console, assignment, programs, wrong, seeds)
    sound = _is_large(console, assignment, whole) and sound
    return (not mutants or _notices(console, assignment, mutants, jobs)) and sound


def _notebooks(assignment: Assignment, programs: Iterable[Program]) -> dict[str, dict[str, Any]]:
    """The programs as submissions, by name, with the model solution and the untouched release."""
    notebooks = {
        program.name: bank.submission(
            assignment, program.cells, after=program.after, play=not program.fails
        )
        for program in programs
    }
    notebooks[MODEL] = bank.submission(assignment, {})
    notebooks[UNTOUCHED] = bank.submission(assignment, {}, reference=False)
    return notebooks


def _notices(console: Console, assignment: Assignment, mutants: int, jobs: int) -> bool:
    counted = score(assignment, Wish(sample=mutants), 0, jobs, console)
    console.print(escape(counted.sentence), soft_wrap=True)
    draft = (assignment.suite / DRAFT).exists()
    if not counted.sound:
        state = "[yellow]a draft[/]" if draft else "[red]the suite must notice every mutant[/]"
        console.print(
            f"  {state}: `autograder mutate {assignment.name} --sample {mutants}` lists those "
            "that survive",
            soft_wrap=True,
        )
    return counted.sound or draft


def _job(name: str, notebook: dict[str, object], seeds: int, tasks: list[str]) -> Job:
    data = json.dumps(notebook).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    # One failed test shows that a wrong program loses its task: the others are not run.
    hurry = NO_HURRY if tasks else 0.0
    return Job(name, data, sha256, 0, list(range(1, seeds)), more_tasks=tasks, hurry=hurry)


def _judge(graded: Graded, fails: frozenset[str], *, zero: bool) -> Wrong | None:
    """What is wrong with a program's results; None if every seed failed exactly its tasks."""
    if graded.result.status != "graded":
        return Wrong(graded.result.student, "not graded", 1, graded.result.reason or "")
    runs = [graded.result.tasks, *graded.repeats]
    examples = [text for tasks in runs if (text := _difference(tasks, fails, zero))]
    accepted = any(task.id in fails and task.score >= task.points for run in runs for task in run)
    how: Literal["accepted", "other tasks"] = "accepted" if accepted or zero else "other tasks"
    return Wrong(graded.result.student, how, len(examples), examples[0]) if examples else None


def _difference(tasks: list[TaskResult], fails: frozenset[str], zero: bool) -> str | None:
    """How a program's result differs from what its header says; None if it does not."""
    failed = {task.id for task in tasks if task.score < task.points}
    if zero and any(task.score > 0 for task in tasks):
        return "points for " + ", ".join(task.id for task in tasks if task.score > 0)
    if failed == fails:
        return None
    more, less = sorted(failed - fails), sorted(fails - failed)
    hints = [
        f"{test.name}: {test.hint}"
        for task in tasks
        if task.id in more
        for test in task.tests
        if test.outcome != "passed"
    ]
    return "; ".join(
        [f"fails {', '.join(more)} as well ({hints[0] if hints else ''})"] * bool(more)
        + [f"passes {', '.join(less)}"] * bool(less)
    )


def _print(
    console: Console,
    assignment: Assignment,
    programs: list[Program],
    wrong: dict[str, Wrong],
    seeds: int,
) -> bool:
    accept = [p.name for p in programs if not p.fails] + [MODEL]
    reject = [p.name for p in programs if p.fails] + [UNTOUCHED]
    wrongly_rejected = [name for name in accept if name in wrong]
    misjudged = [name for name in reject if name in wrong]
    hows = Counter(wrong[name].how for name in misjudged)
    more = f", {hows['other tasks']} failing other tasks too" if hows["other tasks"] else ""
    more += f", {hows['not graded']} not graded" if hows["not graded"] else ""
    console.print(
        f"{assignment.name}: accepted {len(accept) - len(wrongly_rejected)} of {len(accept)} "
        f"correct programs, {len(wrongly_rejected)} wrongly rejected; rejected "
        f"{len(reject) - len(misjudged)} of {len(reject)} wrong ones on exactly their "
        f"tasks, {hows['accepted']} wrongly accepted{more}; {seeds} seeds"
    )
    for name in (*wrongly_rejected, *misjudged):
        found = wrong[name]
        console.print(
            f"  [red]{escape(name)}[/]: in {found.seeds} of {seeds} seeds: {escape(found.example)}"
        )
    return not wrong


def _some(programs: list[Program], count: int) -> list[Program]:
    """So many of the wrong programs, of each task as large a part as of the others; 0 for all."""
    if not 0 < count < len(programs):
        return programs
    places: dict[frozenset[str], list[int]] = {}
    for number, program in enumerate(programs):
        places.setdefault(program.fails, []).append(number)
    parts: dict[int, float] = {}
    for own in places.values():
        spread = sorted(range(len(own)), key=lambda i: (i * 0.618) % 1)
        parts |= {own[i]: rank / len(own) for rank, i in enumerate(spread)}
    chosen = sorted(parts, key=lambda n: (parts[n], n))[:count]
    return [programs[n] for n in sorted(chosen)]


def _is_large(console: Console, assignment: Assignment, programs: list[Program]) -> bool:
    """Whether the bank is as large as it has to be, or the suite is a draft."""
    accept = sum(not program.fails for program in programs)
    small = accept < LEAST_ACCEPTED or len(programs) - accept < LEAST_REJECTED
    draft = assignment.suite / DRAFT
    needed = f"at least {LEAST_ACCEPTED} correct and {LEAST_REJECTED} wrong programs"
    if small and not draft.exists():
        console.print(f"  [red]the bank is too small[/]: it needs {needed}")
        return False
    if draft.exists():
        state = (
            f"the bank is still small; it needs {needed}"
            if small
            else f"the bank is large enough: delete {draft}"
        )
        console.print(f"  [yellow]a draft[/]: {state}", soft_wrap=True)
    return True

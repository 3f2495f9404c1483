"""`autograder calibrate`: measure how far correct programs stay below a suite's loss thresholds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.measure_losses import Answer, Run, measure
from autograder.authoring.thresholds_page import Row, rows_of, section_of, write_section
from autograder.authoring.verify import MODEL
from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError

WRONG_SEEDS = 5
"""So many seeds are enough for a rejected program, which only shows where wrong begins."""
SHOWN = 10


@dataclass(frozen=True)
class _Measured:
    """All runs of an assignment."""

    correct: frozenset[str]
    """Names of the correct programs, the model solution's too."""
    tasks: tuple[str, ...]
    """Tasks whose tests compare a loss with a limit."""
    answers: dict[Run, Answer]


def calibrate(assignment: Assignment, seeds: int, jobs: int) -> bool:
    """Measure an assignment's thresholds and write its section of docs/thresholds.md.

    Returns:
        Whether every correct program passes the tasks that have a threshold, with every seed.

    Raises:
        UsageError: a file of the bank is not well formed, or the suite does not run.
        OSError: the page can't be read or written.
    """
    console = Console(highlight=False)
    measured = _measure_bank(assignment, seeds, jobs, console)
    page = assignment.repository / "docs" / "thresholds.md"
    if not measured.tasks:
        write_section(page, assignment.name, None)
        console.print(
            f"{assignment.name}: nothing to measure: no test compares a loss with a trivial model's"
        )
        return True
    rows = rows_of(measured.answers, measured.correct)
    failures = {
        run: problems
        for run, answer in measured.answers.items()
        if run.program in measured.correct and (problems := _problems(answer, measured.tasks, rows))
    }
    summary = _summary(measured, seeds, len(failures))
    write_section(page, assignment.name, section_of(assignment.name, summary, rows))
    console.print(f"{assignment.name}: {summary} See {escape(str(page))}", soft_wrap=True)
    for run, problems in list(failures.items())[:SHOWN]:
        console.print(
            f"  [red]{escape(run.program)}[/], seed {run.seed}: {escape('; '.join(problems))}"
        )
    return not failures


def _measure_bank(assignment: Assignment, seeds: int, jobs: int, console: Console) -> _Measured:
    """Measure the correct programs with one seed to find the tasks with a threshold, then the rest.

    Raises:
        UsageError: a file of the bank is not well formed, or the suite does not run.
    """
    programs = bank.load(assignment)
    correct = {
        program.name: _cells(assignment, program.cells) for program in programs if not program.fails
    }
    correct[MODEL] = _cells(assignment, {})
    automatic = tuple(task.id for task in assignment.tasks if not task.manual)
    answers: dict[Run, Answer] = {}
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(f"looking for thresholds in {assignment.name}", total=len(correct))

        def enter(runs: list[Run]) -> None:
            with contextlib.closing(measure(assignment.suite, runs, jobs)) as answered:
                for run, answer in answered:
                    if answer.fault and run.program in correct:
                        raise UsageError(
                            f"{assignment.name} can't be calibrated: {answer.fault} ({run.program})"
                        )
                    answers[run] = answer
                    progress.advance(bar)

        enter([Run(name, cells, 0, automatic) for name, cells in correct.items()])
        tasks = _tasks_with_thresholds(automatic, answers.values())
        if tasks:
            runs = [
                Run(name, cells, seed, tasks)
                for seed in range(1, seeds)
                for name, cells in correct.items()
            ]
            runs += _wrong_runs(assignment, programs, tasks, seeds)
            progress.update(
                bar, description=f"calibrating {assignment.name}", total=len(correct) + len(runs)
            )
            enter(runs)
    return _Measured(frozenset(correct), tasks, answers)


def _wrong_runs(
    assignment: Assignment, programs: Iterable[Program], tasks: tuple[str, ...], seeds: int
) -> list[Run]:
    """Runs of the programs that are to fail a task with a threshold."""
    return [
        Run(program.name, _cells(assignment, program.cells), seed, judged)
        for program in programs
        if (judged := tuple(task for task in tasks if task in program.fails))
        for seed in range(min(seeds, WRONG_SEEDS))
    ]


def _summary(measured: _Measured, seeds: int, failures: int) -> str:
    correct = len(measured.correct)
    runs = sum(run.program in measured.correct for run in measured.answers)
    wrong = len({run.program for run in measured.answers}) - correct
    count = f"{failures or 'none'} of the {runs} runs {'fail' if failures > 1 else 'fails'}"
    return (
        f"{correct} correct programs, {seeds} {'seeds' if seeds > 1 else 'seed'}: {count}. "
        f"{wrong} wrong programs, {min(seeds, WRONG_SEEDS)} seeds. torch "
        f"{version('torch').split('+')[0]}."
    )


def _cells(assignment: Assignment, answers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The locked cells and the answers of the model solution, with some answers replaced."""
    cells = []
    for cell in bank.submission(assignment, answers)["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and mark and not (mark["grade"] and not mark["solution"]):
            cells.append((str(mark["grade_id"]), str(cell["source"])))
    return tuple(cells)


def _tasks_with_thresholds(tasks: tuple[str, ...], answers: Iterable[Answer]) -> tuple[str, ...]:
    found = {threshold.task for answer in answers for threshold in answer.shares}
    return tuple(task for task in tasks if task in found)


def _problems(answer: Answer, tasks: tuple[str, ...], rows: list[Row]) -> list[str]:
    """Problems of a correct program's run: tasks that failed, or thresholds that were not met."""
    failed = [f"{task}: {hint}" for task, hint in answer.failed.items() if task in tasks]
    unseen = [row.threshold for row in rows if row.threshold not in answer.shares]
    return failed or [
        f"{threshold.task}: {threshold.what} was not measured" for threshold in unseen
    ]

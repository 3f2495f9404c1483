"""`autograder calibrate`: how far correct programs stay below
the loss thresholds of a hidden suite.

The programs of the bank are ours. So they run here without a sandbox, each with each seed in a
process of its own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
import types
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from math import isnan
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from autograder.authoring import bank
from autograder.authoring.verify import MODEL
from autograder.core.course import Assignment
from autograder.core.errors import UsageError
from autograder.core.files import write

WRONG_SEEDS = 5
"""How many seeds a rejected program is measured with: it only shows where wrong begins."""
RUN_SECONDS = 300.0
"""Of wall time, for one program with one seed; it is ended after that."""
PRELOAD = [
    "torch._dynamo",
    "pandas",
    "plotly.express",
    "autograder.student.notebook_process",
    "course_lib.checking",
    "autograder.authoring.calibrate",
]
"""What programs, suites and this module import, once: every run
is a fork of a process that has done so.
"""
SHOWN = 10

TITLE = """\
# Loss thresholds

A hidden test that judges a loss compares it with what a trivial model, such as the best constant,
reaches on the same data: the loss must be below a share of that model's. Here is, for every such
limit, the share that the correct programs of the bank reach, and the lowest share of a wrong
program that the limit stops with every seed.

`autograder calibrate <assignment>` measures and writes a section.
"""
BEGIN, END = "<!-- begin {} -->\n", "<!-- end {} -->\n"


@dataclass(frozen=True)
class Run:
    """One program with one seed: its cells, as (name, source) in
    the order of the notebook, and the tasks to judge.
    """

    program: str
    cells: tuple[tuple[str, str], ...]
    seed: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Threshold:
    """A limit that tests of a task set: what is judged, as a
    share of which model's loss, and the share allowed.
    """

    task: str
    what: str
    baseline: str
    limit: float


@dataclass(frozen=True)
class Answer:
    """What a run gave: the worst share for each threshold, and a
    hint for each task that was not passed.

    `fault` says what the suite itself did wrong, or seems to: without a sandbox, an error that a
    wrong program's module raises in torch's own code looks like the suite's.
    """

    shares: dict[Threshold, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    fault: str | None = None


@dataclass(frozen=True)
class Row:
    """A threshold with all shares measured, by program."""

    threshold: Threshold
    correct: dict[str, list[float]]
    wrong: dict[str, list[float]]

    @property
    def worst(self) -> tuple[float, str]:
        """The highest share of a correct program, and which one it is."""
        return max((max(shares), name) for name, shares in self.correct.items())

    @property
    def nearest(self) -> tuple[float, str] | None:
        """The lowest share of a wrong program that is over the
        limit with every seed, and which one it is.
        """
        lowest = [(min(shares), name) for name, shares in self.wrong.items()]
        return min((pair for pair in lowest if pair[0] >= self.threshold.limit), default=None)


def calibrate(assignment: Assignment, seeds: int, jobs: int) -> bool:
    """Measure an assignment's thresholds and write its section of docs/thresholds.md.

    Returns:
        Whether every correct program passes the tasks that have a threshold, with every seed.

    Raises:
        UsageError: a file of the bank is not well formed, or the suite does not run.
        OSError: the page can't be read or written.
    """
    console = Console(highlight=False)
    programs = bank.load(assignment)
    correct = {
        program.name: _cells(assignment, program.cells) for program in programs if not program.fails
    }
    correct[MODEL] = _cells(assignment, {})
    automatic = tuple(task.id for task in assignment.tasks if not task.manual)
    answers: dict[Run, Answer] = {}
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(f"looking for thresholds in {assignment.name}", total=len(correct))

        def measure(runs: list[Run]) -> None:
            with contextlib.closing(_run(assignment.suite, runs, jobs)) as found:
                for run, answer in found:
                    if answer.fault and run.program in correct:
                        raise UsageError(
                            f"{assignment.name} can't be calibrated: {answer.fault} ({run.program})"
                        )
                    answers[run] = answer
                    progress.advance(bar)

        measure([Run(name, cells, 0, automatic) for name, cells in correct.items()])
        tasks = _tasks_with_thresholds(automatic, answers.values())
        runs = [
            Run(name, cells, seed, tasks)
            for seed in range(1, seeds)
            for name, cells in correct.items()
        ]
        runs += [
            Run(program.name, _cells(assignment, program.cells), seed, judged)
            for program in programs
            if (judged := tuple(task for task in tasks if task in program.fails))
            for seed in range(min(seeds, WRONG_SEEDS))
        ]
        if tasks:
            progress.update(
                bar, description=f"calibrating {assignment.name}", total=len(correct) + len(runs)
            )
            measure(runs)
    page = assignment.repository / "docs" / "thresholds.md"
    if not tasks:
        _write_section(page, assignment.name, None)
        console.print(
            f"{assignment.name}: no threshold: no test compares a loss with a trivial model's"
        )
        return True
    mine = {run: answer for run, answer in answers.items() if run.program in correct}
    rows = _rows(answers, correct)
    failures = {
        run: problems
        for run, answer in mine.items()
        if (problems := _problems(answer, tasks, rows))
    }
    count = (
        f"{len(failures) or 'none'} of the {len(mine)} runs "
        f"{'fail' if len(failures) > 1 else 'fails'}"
    )
    wrong = len({run.program for run in answers}) - len(correct)
    summary = (
        f"{len(correct)} correct programs, {seeds} {'seeds' if seeds > 1 else 'seed'}: {count}. "
        f"{wrong} wrong programs, {min(seeds, WRONG_SEEDS)} seeds. torch "
        f"{version('torch').split('+')[0]}."
    )
    _write_section(page, assignment.name, _section(assignment.name, summary, rows))
    console.print(f"{assignment.name}: {summary} See {escape(str(page))}", soft_wrap=True)
    for run, problems in list(failures.items())[:SHOWN]:
        console.print(
            f"  [red]{escape(run.program)}[/], seed {run.seed}: {escape('; '.join(problems))}"
        )
    return not failures


def _cells(assignment: Assignment, answers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The locked cells and the answers of a notebook in which
    these cells differ from the model solution.
    """
    found = []
    for cell in bank.submission(assignment, answers)["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and mark and not (mark["grade"] and not mark["solution"]):
            found.append((str(mark["grade_id"]), str(cell["source"])))
    return tuple(found)


def _tasks_with_thresholds(tasks: tuple[str, ...], answers: Iterable[Answer]) -> tuple[str, ...]:
    found = {threshold.task for answer in answers for threshold in answer.shares}
    return tuple(task for task in tasks if task in found)


def _rows(answers: dict[Run, Answer], correct: Iterable[str]) -> list[Row]:
    """A row for each threshold that a correct program has met, in a fixed order."""
    rows: dict[Threshold, Row] = {}
    for run, answer in answers.items():
        for threshold, share in answer.shares.items():
            row = rows.setdefault(threshold, Row(threshold, {}, {}))
            shares = row.correct if run.program in correct else row.wrong
            shares.setdefault(run.program, []).append(share)
    order = sorted(
        rows,
        key=lambda threshold: (
            threshold.task,
            threshold.what,
            threshold.baseline,
            -threshold.limit,
        ),
    )
    return [rows[threshold] for threshold in order if rows[threshold].correct]


def _problems(answer: Answer, tasks: tuple[str, ...], rows: list[Row]) -> list[str]:
    """Why a correct program's run is none: a task that was not
    passed, or a threshold that was not reached.
    """
    failed = [f"{task}: {hint}" for task, hint in answer.failed.items() if task in tasks]
    unseen = [row.threshold for row in rows if row.threshold not in answer.shares]
    return failed or [
        f"{threshold.task}: {threshold.what} was not measured" for threshold in unseen
    ]


# --- The page ---


def _section(name: str, summary: str, rows: list[Row]) -> str:
    lines = [
        f"## {name}",
        "",
        summary,
        "",
        "| task | loss / that of | limit | correct: median | worst | limit / worst | worst "
        "program | wrong: lowest |",
        "|---|---|---:|---:|---:|---:|---|---|",
    ]
    for row in rows:
        threshold, (share, program) = row.threshold, row.worst
        middle = median(share for shares in row.correct.values() for share in shares)
        nearest = "–" if row.nearest is None else f"{_short(row.nearest[0])} (`{row.nearest[1]}`)"
        margin = _short(threshold.limit / share) if share else "∞"
        lines.append(
            f"| `{threshold.task}` | {threshold.what} / {threshold.baseline} | "
            f"{threshold.limit:g} | {_short(middle)} "
            f"| {_short(share)} | {margin} | `{program}` | {nearest} |"
        )
    return "\n".join(lines) + "\n"


def _short(number: float) -> str:
    """Two digits that count, without an exponent where the number is large."""
    return f"{float(f'{number:.2g}'):g}"


def _write_section(page: Path, name: str, section: str | None) -> None:
    """Put a section into the page in the place of the older one; None takes that one away.

    Others stay.
    """
    begin, end = BEGIN.format(name), END.format(name)
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = dict(_sections(text))
    sections.pop(name, None)
    if section is not None:
        sections[name] = f"{begin}{section}{end}"
    if sections:
        page.parent.mkdir(exist_ok=True)
        write(page, "\n".join([TITLE, *(sections[key] for key in sorted(sections))]).encode())
    elif text:
        page.unlink()


def _sections(text: str) -> Iterator[tuple[str, str]]:
    opening, closing = BEGIN.partition("{}")[::2]
    for part in text.split(opening)[1:]:
        name = part.partition(closing)[0]
        body, end, _ = part.partition(END.format(name))
        yield name, opening + body + end


# --- Processes ---


def _run(suite: Path, runs: list[Run], jobs: int) -> Generator[tuple[Run, Answer]]:
    """Each run with its answer, as they are ready; `jobs` processes at a time."""
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
                    target=_measure, args=(str(suite), run, theirs), daemon=True
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
    """The answer of a run, if it is there or will never be."""
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


def _measure(suite: str, run: Run, connection: Connection) -> None:
    """In the run's own process: run the cells, then the suite, and send the answer."""
    with tempfile.TemporaryDirectory() as directory, Path(os.devnull).open("w") as nowhere:
        os.chdir(directory)
        for descriptor in (1, 2):
            os.dup2(nowhere.fileno(), descriptor)
        try:
            answer = _judge(suite, run)
        except Exception as error:  # noqa: BLE001 - whatever it is, the main process says it
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

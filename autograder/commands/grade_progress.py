"""Show on the terminal how `grade` proceeds: a progress bar, unusual outcomes, a summary."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from typing import Any, get_args

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.commands.merge_progress import print_extended, print_strangers
from autograder.core import jobs
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.faults import TROUBLE, WORDS
from autograder.core.jobs import Graded, Setup
from autograder.core.outcome import Provenance, Result, Status
from autograder.core.result_diff import Change, Standing
from autograder.core.sanitize import in_line
from autograder.core.text import listed, many, points
from autograder.grading.grade_class import Graders, Options, grade
from autograder.grading.summary import Summary

MOST_SHOWN = 50
"""Rows of what changed, or lines of what was not graded; a class may have 100,000 students."""


def grade_with_progress(
    course: Course,
    assignment: Assignment,
    options: Options,
    scheduler: str | None = None,
    *,
    as_json: bool = False,
) -> Summary:
    """Grade a class on the terminal.

    Args:
        scheduler: where machines are found that grade (see `autograder.cluster.client`); None: this
            one grades. With a scheduler, `options.jobs` are those of each machine.
        as_json: print the summary as JSON; all that is for people goes to standard error then.

    Raises:
        UsageError, SandboxError: see `autograder.grading.grade_class.grade`.
    """
    console = Console(highlight=False, stderr=as_json)
    with _progress(console) as progress:
        bar = progress.add_task("starting", total=None)

        def begin(total: int) -> None:
            progress.update(bar, description=f"grading {assignment.name}", total=total)

        def report(graded: Graded, fresh: bool) -> None:
            progress.advance(bar)
            if fresh and (line := remark(graded.result)):
                progress.console.print(line)

        def tell(text: str) -> None:
            progress.console.print(escape(text), soft_wrap=True)

        def find_graders(setup: Setup, seed: int, total: int) -> AbstractContextManager[Graders]:
            basis = jobs.provenance(assignment, "", seed, setup)
            return _cluster(scheduler or "", setup, basis, options.jobs, total, tell)

        summary = grade(
            course, assignment, options, begin, report, find_graders if scheduler else None
        )
    if summary.new is not None:
        print_extended(console, summary.extended)
        print_strangers(console, course, assignment, summary.new)
    if as_json:
        told = msgspec.json.encode(_told(course, assignment, summary, written=not options.dry_run))
        print(msgspec.json.format(told).decode())
        return summary
    _print_changes(console, summary.changes, written=not options.dry_run)
    _print_summary(console, course, assignment, summary, written=not options.dry_run)
    return summary


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


class _Rate(ProgressColumn):
    """Submissions per second."""

    def render(self, task: Task) -> Text:
        """The rate of the last half minute, once there is one."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def _cluster(
    scheduler: str,
    setup: Setup,
    basis: Provenance,
    workers: int,
    total: int,
    tell: Callable[[str], None],
) -> AbstractContextManager[Graders]:
    try:
        from autograder.cluster.client import Cluster  # imports Dask
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--scheduler needs a package that is not installed here ({error.name}): "
            "pip install 'mlp-course-autograder[cluster]'"
        ) from None
    return closing(Cluster(scheduler, setup, basis, workers, total, tell))


def remark(result: Result) -> str | None:
    """One line for an outcome that is not plainly graded, with its markup."""
    name = escape(in_line(result.student))
    if result.status == "rejected":
        return f"[yellow]rejected[/]    {name}: {escape(in_line(result.reason or ''))}"
    if result.status == "ungradable":
        return f"[red]ungradable[/]  {name}: {escape(in_line(result.reason or ''))}"
    trouble = {
        task.id: WORDS[test.outcome]
        for task in result.tasks
        for test in task.tests
        if test.outcome in TROUBLE
    }
    parts = [f"{task} {word}" for task, word in trouble.items()] + list(result.notes)
    return f"[cyan]note[/]        {name}: {escape(in_line('; '.join(parts)))}" if parts else None


def _told(
    course: Course, assignment: Assignment, summary: Summary, *, written: bool
) -> dict[str, Any]:
    """A run's summary for programs."""
    return {
        "assignment": assignment.name,
        "seed": summary.seed,
        "seconds": round(summary.seconds, 3),
        "submissions": {status: summary.counts[status] for status in get_args(Status)},
        "kept": summary.kept,
        "policy": summary.policy,
        "earlier": summary.earlier,
        "gone": [student for student, _ in summary.gone],
        "points": assignment.max_score,
        "scores": {"mean": summary.mean, "least": summary.least, "most": summary.most}
        if summary.counts["graded"]
        else None,
        "changes": summary.changes,
        "ungradable": [{"student": name, "reason": why} for name, why in summary.ungradable],
        "without_walls": summary.without_walls,
        "results": str(course.root / "results" / assignment.name) if written else None,
    }


def _print_changes(console: Console, changes: list[Change], *, written: bool) -> None:
    """Who has another outcome than the one on record, the largest loss first."""
    if not changes:
        return
    table = Table(
        "student", "before", "now", "change", "because of", "tasks", box=None, pad_edge=False
    )
    ordered = sorted(changes, key=lambda change: (change.difference, change.student))
    for change in ordered[:MOST_SHOWN]:
        tasks = ", ".join(
            f"{name} {points(old)} → {points(new)}" for name, old, new in change.tasks
        )
        table.add_row(
            escape(in_line(change.student)),
            _grade(change.before),
            _grade(change.after),
            f"{round(change.difference, 2):+g}",
            ", ".join(change.causes),
            escape(tasks),
        )
    console.print(f"{many(len(changes), 'result')} {'changed' if written else 'would change'}:")
    console.print(table)
    if len(changes) > MOST_SHOWN:
        console.print(f"and {len(changes) - MOST_SHOWN} more, who lost fewer points or gained some")


def _grade(standing: Standing) -> str:
    return standing.status if standing.score is None else points(standing.score)


def _print_summary(
    console: Console, course: Course, assignment: Assignment, summary: Summary, *, written: bool
) -> None:
    counts = {status: summary.counts[status] for status in get_args(Status)}
    parts = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    rows = {"submissions": f"{summary.counts.total()}{': ' if parts else ''}{parts}"}
    if counts["graded"]:
        least, most = points(summary.least), points(summary.most)
        rows["scores"] = (
            f"mean {summary.mean:.2f} of {assignment.max_score:g}, from {least} to {most}"
        )
    if summary.policy != "latest":
        earlier = f"; for {many(summary.earlier, 'student')} it is not the latest"
        rows["counted"] = f"the {summary.policy} submission{earlier if summary.earlier else ''}"
    if summary.gone:
        who = listed([f"{student} ({points(score)})" for student, score in summary.gone])
        rows["gone"] = escape(
            f"{in_line(who)}: the submission that counted is no longer in submitted/; was it "
            "overwritten there, as by `nbgrader collect --update`?"
        )
    if summary.kept:
        rows["on record"] = f"{summary.kept} kept: nothing that they depend on has changed"
    rows["time"] = f"{summary.seconds:.1f} s, seed {summary.seed}"
    where = escape(str(course.root / "results" / assignment.name))
    rows["results"] = where if written else "nothing was written: this was a dry run"
    for label, text in rows.items():  # no table: it would cut a long path
        console.print(f"{label:<13}{text}", soft_wrap=True)
    if summary.without_walls:
        console.print(
            "[yellow]graded without a sandbox (--isolation process): trust these results only if "
            "you trust the students[/]"
        )
    for student, reason in summary.ungradable[:MOST_SHOWN]:
        console.print(f"[red]not graded:[/] {escape(in_line(student))}: {escape(in_line(reason))}")
    if len(summary.ungradable) > MOST_SHOWN:
        console.print(f"[red]not graded:[/] {len(summary.ungradable) - MOST_SHOWN} more")

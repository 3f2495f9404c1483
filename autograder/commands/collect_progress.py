"""Show on the terminal how `collect` proceeds: files to look at, then a summary."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from autograder.core.assignment import Assignment
from autograder.core.counting import counting
from autograder.core.course import Course
from autograder.core.sanitize import visible
from autograder.core.text import SHOWN, listed
from autograder.lms.archive import Refusal
from autograder.lms.collect import Options, collect
from autograder.lms.collected import Collected, Taken


def collect_with_progress(
    course: Course, assignment: Assignment, path: Path, options: Options
) -> bool:
    """Collect an archive on the terminal; whether something was taken and nothing was refused.

    Raises:
        UsageError: see `autograder.lms.collect.collect`.
        OSError: see `autograder.lms.collect.collect`.
    """
    console = Console(highlight=False, soft_wrap=True)
    with counting(console, f"collecting {assignment.name}") as (begin, step):
        found = collect(course, assignment, path, options, begin, step)
    for taken in found.taken:
        for line in _remarks(taken):
            console.print(line)
    _print_list(console, "[yellow]passed over[/]", found.others)
    _print_list(console, "[red]refused[/]    ", found.refused)
    _print_summary(console, course, found)
    return bool(found.taken) and not found.refused


def _remarks(taken: Taken) -> list[str]:
    name = escape(visible(taken.student))
    lines = []
    if taken.state == "kept":
        lines.append(
            f"[yellow]kept[/]        {name}: a different notebook is there already; --force "
            "replaces it"
        )
    if taken.state == "replaced":
        lines.append(f"[cyan]replaced[/]    {name}: by {escape(taken.source)}")
    if taken.late:
        lines.append(f"[cyan]late[/]        {name}: according to Canvas")
    if taken.older:
        older = ", ".join(taken.older)
        lines.append(
            f"[cyan]several[/]     {name}: collected {escape(taken.source)}, the last one; not "
            f"collected: {escape(older)}"
        )
    return lines


def _print_list(console: Console, label: str, refusals: list[Refusal]) -> None:
    for refusal in refusals[:SHOWN]:
        console.print(f"{label} {escape(refusal.name)}: {escape(refusal.reason)}")
    if len(refusals) > SHOWN:
        console.print(f"{label} and {len(refusals) - SHOWN} more")


def _print_summary(console: Console, course: Course, found: Collected) -> None:
    states = [taken.state for taken in found.taken]
    counts = [
        f"{states.count(state)} {state}"
        for state in ("new", "replaced", "unchanged", "kept")
        if state in states
    ]
    rows = {
        "names": "<student>/<notebook>" if found.scheme == "plain" else f"those of {found.scheme}"
    }
    rows["submissions"] = f"{len(states)}: {', '.join(counts)}" if states else "none"
    if found.others or found.refused:
        rows["other files"] = f"{len(found.others)} passed over, {len(found.refused)} refused"
    if found.newcomers:
        rows["students"] = (
            f"{len(found.newcomers)} new to the gradebook: {escape(listed(found.newcomers))}"
        )
    rows["submitted"] = escape(str(course.root / "submitted"))
    if found.receipts:
        rows["receipts"] = escape(str(found.receipts))
    if found.backup:
        rows["replaced"] = escape(str(found.backup))
    for label, text in rows.items():  # no table: it would cut a long path
        console.print(f"{label:<13}{text}")

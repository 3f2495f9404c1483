"""Show on the terminal how `merge` proceeds: a progress bar, then who is not in the gradebook."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from autograder.core.assignment import Assignment
from autograder.core.counting import counting
from autograder.core.course import Course
from autograder.core.text import listed, many
from autograder.grading.merge import Merged, merge


def merge_with_progress(course: Course, assignment: Assignment) -> Merged:
    """Enter a class's results on the terminal.

    Raises:
        UsageError: see `autograder.grading.merge.merge`.
    """
    console = Console(highlight=False, soft_wrap=True)
    with counting(console, f"entering {assignment.name}") as (begin, step):
        merged = merge(course, assignment, begin, step)
    console.print(f"entered      {many(merged.entered, 'result')} of {assignment.name}")
    _print_names(console, "no result", merged.missing)
    _print_names(console, "left out", [f"{name} ({why})" for name, why in merged.others])
    print_extended(console, merged.extended)
    print_strangers(console, course, assignment, merged.new)
    if merged.missing or merged.others:
        console.print(
            f"next         `autograder grade {assignment.name}` grades only these students; or "
            "grade their shards again"
        )
    return merged


def print_extended(console: Console, extended: set[str]) -> None:
    """Say to whom extensions.csv gave other hours than before."""
    if extended:
        console.print(
            f"extensions   entered from extensions.csv for {escape(listed(sorted(extended)))}",
            soft_wrap=True,
        )


def print_strangers(
    console: Console, course: Course, assignment: Assignment, new: set[str]
) -> None:
    """Say who may be there by mistake; `new` are those whom the gradebook did not have before.

    Raises:
        UsageError: see `autograder.gradebook.strangers.strangers`.
    """
    from autograder.gradebook.strangers import strangers  # takes a second to import

    found = strangers(course, assignment.name, new)
    if found.extended:
        console.print(
            f"[cyan]note[/]         extensions.csv names {escape(listed(found.extended))}: "
            "nobody by this name is in the gradebook or has handed in; check the name",
            soft_wrap=True,
        )
    if found.grouped:
        console.print(
            f"[cyan]note[/]         groups.csv names {escape(listed(found.grouped))}: nobody "
            "by this name has handed in or was in the gradebook before; check the name, since a "
            "group's mark is entered for all its members",
            soft_wrap=True,
        )
    if found.left:
        console.print(
            f"[cyan]note[/]         {escape(listed(found.left))}: there are results, but no "
            'submission, alone or in a group; docs/instructors.md, "Groups", says how to remove '
            "a student",
            soft_wrap=True,
        )


def _print_names(console: Console, label: str, names: list[str]) -> None:
    if names:
        shown = escape(listed(names))
        console.print(f"[red]{label}[/]{' ' * (13 - len(label))}{len(names)}: {shown}")

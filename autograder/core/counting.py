"""A progress bar for work that says how large it is once it has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


@contextmanager
def counting(
    console: Console, work: str
) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """A bar that goes when the work ends: what to call with the number of steps, and after each."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(work, total=None)
        yield lambda total: progress.update(bar, total=total), lambda: progress.advance(bar)
